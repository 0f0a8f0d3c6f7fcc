using System;
using System.Globalization;
using Carrel.Abi;

namespace Carrel.Kernel.Fs.Tmpfs;

/// <summary>Mount options of tmpfs(5).</summary>
public sealed class TmpfsOptions
{
    /// <summary>size=, nr_blocks=: pages; null: no limit of its own.</summary>
    public long? Pages { get; set; }

    /// <summary>nr_inodes=; null: the default.</summary>
    public long? Inodes { get; set; }

    /// <summary>mode= of the root directory.</summary>
    public uint Mode { get; set; } = 0x3ff;

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    private UserNamespace User { get; init; } = UserNamespace.Initial;

    /// <summary>EINVAL for what tmpfs does not know (shmem_parse_options()).</summary>
    /// <param name="text">The comma-separated options.</param>
    /// <param name="memoryPages">What a percentage is of.</param>
    /// <param name="mounter">Whose the root directory is unless the options say otherwise, and in whose user namespace they name ids; null: root.</param>
    public static Result<TmpfsOptions> Parse(string text, long memoryPages, Credentials? mounter = null)
    {
        TmpfsOptions options = mounter is null ? new() : new() { Uid = mounter.Fsuid, Gid = mounter.Fsgid, User = mounter.User };
        foreach (string each in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = each.Split('=', 2);
            if (!options.Apply(pair[0], pair.Length > 1 ? pair[1] : "", memoryPages))
            {
                return Errno.EINVAL;
            }
        }

        return options;
    }

    private bool Apply(string name, string value, long memoryPages)
    {
        switch (name)
        {
            case "size" when value.EndsWith('%'):
                if (!TryNumber(value[..^1], 10, out ulong percent))
                {
                    return false;
                }

                Pages = (long)Math.Min(percent, 10000) * memoryPages / 100;
                return true;
            case "size":
                bool isSize = TrySize(value, out ulong bytes);
                Pages = Limit((bytes + 4095) / 4096);
                return isSize;
            case "nr_blocks":
                bool isCount = TrySize(value, out ulong blocks);
                Pages = Limit(blocks);
                return isCount;
            case "nr_inodes":
                bool isInodes = TrySize(value, out ulong inodes);
                Inodes = Limit(inodes);
                return isInodes;
            case "mode":
                bool isMode = TryNumber(value, 8, out ulong mode);
                Mode = (uint)mode & 0xfff;
                return isMode;
            case "uid":
                bool isUid = TryNumber(value, 10, out ulong uid) && uid < uint.MaxValue;
                Uid = isUid ? User.Uids.ToKernel((uint)uid) : IdMap.None;
                return Uid != IdMap.None;
            case "gid":
                bool isGid = TryNumber(value, 10, out ulong gid) && gid < uint.MaxValue;
                Gid = isGid ? User.Gids.ToKernel((uint)gid) : IdMap.None;
                return Gid != IdMap.None;
            case "huge" or "mpol":
                return value.Length > 0;
            case "inode32" or "inode64" or "noswap" or "noswap,":
                return value.Length == 0;
            default:
                return false;
        }
    }

    /// <summary>0 means no limit.</summary>
    private static long? Limit(ulong value) => value == 0 ? null : (long)Math.Min(value, long.MaxValue / 4096);

    /// <summary>memparse(): a number with a suffix k, m, g, t.</summary>
    private static bool TrySize(string value, out ulong result)
    {
        int shift = value.Length == 0 ? 0 : char.ToLowerInvariant(value[^1]) switch { 'k' => 10, 'm' => 20, 'g' => 30, 't' => 40, _ => 0 };
        bool ok = TryNumber(shift == 0 ? value : value[..^1], 10, out result) && result <= ulong.MaxValue >> shift;
        result <<= shift;
        return ok;
    }

    private static bool TryNumber(string value, int radix, out ulong result)
    {
        result = 0;
        if (radix == 10)
        {
            return ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out result);
        }

        foreach (char c in value)
        {
            if (c is < '0' or > '7' || result > ulong.MaxValue >> 3)
            {
                return false;
            }

            result = (result << 3) | (uint)(c - '0');
        }

        return value.Length > 0;
    }
}
