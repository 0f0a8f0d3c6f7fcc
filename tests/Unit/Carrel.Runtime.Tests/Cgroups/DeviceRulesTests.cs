using System;
using System.Buffers.Binary;
using System.Linq;
using Carrel.Oci;
using Carrel.Runtime;
using Carrel.Runtime.Cgroups;
using Xunit;

namespace Carrel.Tests.Runtime;

public sealed class DeviceRulesTests
{
    private const int Block = 1, Character = 2, Mknod = 1, Read = 2, Write = 4;

    [Fact]
    public void Of_Nothing_DeniesAllButTheDefaults()
    {
        DeviceRules rules = DeviceRules.Of(null);
        Assert.False(rules.AllowsByDefault);
        Assert.Equal(11, rules.Exceptions.Count);
        Assert.Equal("c 136:* rwm", DeviceRules.Format(new('c', 136, -1), DeviceAccess.All));
    }

    [Theory]
    [InlineData("c", 1L, 3L, "")]
    [InlineData("c", 1L, 3L, "rx")]
    [InlineData("p", 1L, 3L, "r")]
    [InlineData("a", 1L, 3L, "rwm")]
    [InlineData("a", null, null, "r")]
    [InlineData("c", -5L, null, "r")]
    public void Of_BadRule_NamesTheField(string type, long? major, long? minor, string access)
    {
        var exception = Assert.Throws<RuntimeException>(() => DeviceRules.Of([new() { Type = type, Major = major, Minor = minor, Access = access }]));
        Assert.StartsWith("linux.resources.devices[0]", exception.Message);
    }

    [Fact]
    public void Of_HoleInAWiderRule_IsRefused()
    {
        var exception = Assert.Throws<RuntimeException>(() => DeviceRules.Of([Rule(true, "c", 5, null, "rwm"), Rule(false, "c", 5, 1, "w")]));
        Assert.StartsWith("linux.resources.devices[1]", exception.Message);
    }

    [Fact]
    public void Of_WiderDenial_TakesBackNarrowerRules()
    {
        DeviceRules rules = DeviceRules.Of([Rule(true, "c", 7, 1, "rw"), Rule(false, "c", 7, null, "w")]);
        Assert.Equal(DeviceAccess.Read, rules.Exceptions[new('c', 7, 1)]);
    }

    [Fact]
    public void Parse_List_GivesTheSameRules()
    {
        DeviceRules rules = DeviceRules.Of([Rule(true, "b", 8, 1, "r")]);
        DeviceRules parsed = DeviceRules.Parse(string.Join('\n', rules.Exceptions.Select(pair => DeviceRules.Format(pair.Key, pair.Value))) + "\n");
        Assert.Equal(rules.Exceptions, parsed.Exceptions);
        Assert.True(DeviceRules.Parse("a *:* rwm\n").AllowsByDefault);
    }

    [Theory]
    [InlineData(Character, 1, 3, Read | Write, true)]
    [InlineData(Character, 1, 3, Mknod, true)]
    [InlineData(Character, 1, 11, Read, false)]
    [InlineData(Character, 1, 11, Mknod, true)]
    [InlineData(Character, 1, 11, Mknod | Read, false)]
    [InlineData(Block, 8, 1, Read, true)]
    [InlineData(Block, 8, 1, Write, false)]
    [InlineData(Block, 8, 1, Read | Write, false)]
    [InlineData(Block, 1, 3, Read, false)]
    [InlineData(Character, 136, 4000, Read | Write, true)]
    public void Program_AllowList_DecidesAsV1(int type, int major, int minor, int access, bool allowed) =>
        Assert.Equal(allowed, Run(DeviceProgram.Compile(DeviceRules.Of([Rule(false, "a", null, null, "rwm"), Rule(true, "b", 8, 1, "r")])), type, major, minor, access));

    [Theory]
    [InlineData(Block, 8, 1, Read, true)]
    [InlineData(Block, 8, 1, Write, false)]
    [InlineData(Block, 8, 1, Read | Write, false)]
    [InlineData(Character, 8, 1, Write, true)]
    [InlineData(Block, 9, 1, Write, true)]
    public void Program_DenyList_DecidesAsV1(int type, int major, int minor, int access, bool allowed) =>
        Assert.Equal(allowed, Run(DeviceProgram.Compile(DeviceRules.Of([Rule(true, "a", null, null, "rwm"), Rule(false, "b", 8, null, "w")])), type, major, minor, access));

    private static OciDeviceRule Rule(bool allow, string type, long? major, long? minor, string access) =>
        new() { Allow = allow, Type = type, Major = major, Minor = minor, Access = access };

    // The eBPF instructions that a device program is made of (Documentation/bpf/standardization/instruction-set.rst).
    private static bool Run(byte[] program, int type, int major, int minor, int access)
    {
        uint[] context = [(uint)((access << 16) | type), (uint)major, (uint)minor];
        var registers = new ulong[11];
        for (int at = 0; ; at++)
        {
            ReadOnlySpan<byte> instruction = program.AsSpan(at * 8, 8);
            ref ulong destination = ref registers[instruction[1] & 15];
            int source = instruction[1] >> 4;
            int offset = BinaryPrimitives.ReadInt16LittleEndian(instruction[2..]);
            int immediate = BinaryPrimitives.ReadInt32LittleEndian(instruction[4..]);
            switch (instruction[0])
            {
                case 0x61: Assert.Equal(1, source); destination = context[offset / 4]; break;
                case 0xB7: destination = (ulong)(long)immediate; break;
                case 0xBF: destination = registers[source]; break;
                case 0x54: destination = (uint)destination & (uint)immediate; break;
                case 0x74: destination = (uint)destination >> immediate; break;
                case 0x56: at += (uint)destination != (uint)immediate ? offset : 0; break;
                case 0x16: at += (uint)destination == (uint)immediate ? offset : 0; break;
                case 0x95: return registers[0] == 1;
                default: Assert.Fail($"instruction {instruction[0]:x}"); break;
            }
        }
    }
}
