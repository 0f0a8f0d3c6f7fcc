using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/cpuinfo from the CPUID instruction: what guest code can execute.</summary>
internal static class CpuInfo
{
    // Feature bits by leaf and register, named as in the kernel's cpufeatures.h, in its order.
    private static readonly (uint Leaf, uint Sub, char Register, int Bit, string Name)[] s_features =
    [
        (1, 0, 'd', 0, "fpu"), (1, 0, 'd', 1, "vme"), (1, 0, 'd', 2, "de"), (1, 0, 'd', 3, "pse"), (1, 0, 'd', 4, "tsc"), (1, 0, 'd', 5, "msr"), (1, 0, 'd', 6, "pae"),
        (1, 0, 'd', 7, "mce"), (1, 0, 'd', 8, "cx8"), (1, 0, 'd', 9, "apic"), (1, 0, 'd', 11, "sep"), (1, 0, 'd', 12, "mtrr"), (1, 0, 'd', 13, "pge"), (1, 0, 'd', 14, "mca"),
        (1, 0, 'd', 15, "cmov"), (1, 0, 'd', 16, "pat"), (1, 0, 'd', 17, "pse36"), (1, 0, 'd', 19, "clflush"), (1, 0, 'd', 23, "mmx"), (1, 0, 'd', 24, "fxsr"),
        (1, 0, 'd', 25, "sse"), (1, 0, 'd', 26, "sse2"), (1, 0, 'd', 28, "ht"), (0x80000001, 0, 'd', 11, "syscall"), (0x80000001, 0, 'd', 20, "nx"),
        (0x80000001, 0, 'd', 22, "mmxext"), (0x80000001, 0, 'd', 25, "fxsr_opt"), (0x80000001, 0, 'd', 26, "pdpe1gb"), (0x80000001, 0, 'd', 27, "rdtscp"), (0x80000001, 0, 'd', 29, "lm"),
        (1, 0, 'c', 0, "pni"), (1, 0, 'c', 1, "pclmulqdq"), (1, 0, 'c', 9, "ssse3"), (1, 0, 'c', 12, "fma"), (1, 0, 'c', 13, "cx16"), (1, 0, 'c', 19, "sse4_1"), (1, 0, 'c', 20, "sse4_2"),
        (1, 0, 'c', 22, "movbe"), (1, 0, 'c', 23, "popcnt"), (1, 0, 'c', 25, "aes"), (1, 0, 'c', 26, "xsave"), (1, 0, 'c', 28, "avx"), (1, 0, 'c', 29, "f16c"), (1, 0, 'c', 30, "rdrand"),
        (1, 0, 'c', 31, "hypervisor"), (0x80000001, 0, 'c', 0, "lahf_lm"), (0x80000001, 0, 'c', 5, "abm"), (0x80000001, 0, 'c', 6, "sse4a"), (0x80000001, 0, 'c', 8, "3dnowprefetch"),
        (7, 0, 'b', 0, "fsgsbase"), (7, 0, 'b', 3, "bmi1"), (7, 0, 'b', 5, "avx2"), (7, 0, 'b', 8, "bmi2"), (7, 0, 'b', 9, "erms"), (7, 0, 'b', 16, "avx512f"), (7, 0, 'b', 17, "avx512dq"),
        (7, 0, 'b', 18, "rdseed"), (7, 0, 'b', 19, "adx"), (7, 0, 'b', 21, "avx512ifma"), (7, 0, 'b', 23, "clflushopt"), (7, 0, 'b', 24, "clwb"), (7, 0, 'b', 28, "avx512cd"),
        (7, 0, 'b', 29, "sha_ni"), (7, 0, 'b', 30, "avx512bw"), (7, 0, 'b', 31, "avx512vl"), (7, 0, 'c', 1, "avx512vbmi"), (7, 0, 'c', 6, "avx512_vbmi2"), (7, 0, 'c', 8, "gfni"),
        (7, 0, 'c', 9, "vaes"), (7, 0, 'c', 10, "vpclmulqdq"), (7, 0, 'c', 11, "avx512_vnni"), (7, 0, 'c', 12, "avx512_bitalg"), (7, 0, 'c', 14, "avx512_vpopcntdq"), (7, 0, 'c', 22, "rdpid"),
        (0xd, 1, 'a', 0, "xsaveopt"), (0xd, 1, 'a', 1, "xsavec"), (0xd, 1, 'a', 2, "xgetbv1"),
    ];

    public static string Write(int cpuCount)
    {
        (int _, int b, int c, int d) = X86Base.CpuId(0, 0);
        string vendor = Text(b, d, c);
        (int signature, int _, int _, int _) = X86Base.CpuId(1, 0);
        int family = ((signature >> 8) & 0xf) + (((signature >> 8) & 0xf) == 0xf ? (signature >> 20) & 0xff : 0);
        int model = ((signature >> 4) & 0xf) | ((((signature >> 8) & 0xf) is 0xf or 6) ? ((signature >> 16) & 0xf) << 4 : 0);
        string flags = Flags();
        string name = ModelName();
        var text = new StringBuilder();
        for (int i = 0; i < cpuCount; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"processor\t: {i}\nvendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: {model}\nmodel name\t: {name}\nstepping\t: {signature & 0xf}\n");
            text.Append(CultureInfo.InvariantCulture, $"cpu MHz\t\t: 2000.000\ncache size\t: 1024 KB\nphysical id\t: 0\nsiblings\t: {cpuCount}\ncore id\t\t: {i}\ncpu cores\t: {cpuCount}\napicid\t\t: {i}\ninitial apicid\t: {i}\n");
            text.Append(CultureInfo.InvariantCulture, $"fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: 16\nwp\t\t: yes\nflags\t\t: {flags}\nbugs\t\t:\nbogomips\t: 4000.00\n");
            text.Append("clflush size\t: 64\ncache_alignment\t: 64\naddress sizes\t: 48 bits physical, 48 bits virtual\npower management:\n\n");
        }

        return text.ToString();
    }

    private static string Flags()
    {
        var names = new List<string>();
        foreach ((uint leaf, uint sub, char register, int bit, string name) in s_features)
        {
            (int a, int b, int c, int d) = X86Base.CpuId((int)leaf, (int)sub);
            int value = register switch { 'a' => a, 'b' => b, 'c' => c, _ => d };
            if (((value >> bit) & 1) != 0)
            {
                names.Add(name);
            }
        }

        return string.Join(' ', names);
    }

    private static string ModelName()
    {
        var text = new StringBuilder();
        for (uint leaf = 0x80000002; leaf <= 0x80000004; leaf++)
        {
            (int a, int b, int c, int d) = X86Base.CpuId((int)leaf, 0);
            text.Append(Text(a, b, c, d));
        }

        return text.ToString().Trim('\0', ' ');
    }

    private static string Text(params int[] registers) => Encoding.Latin1.GetString(MemoryMarshal.AsBytes<int>(registers));
}
