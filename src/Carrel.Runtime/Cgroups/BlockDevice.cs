namespace Carrel.Runtime.Cgroups;

/// <summary>A block device as the files of both versions name it.</summary>
internal static class BlockDevice
{
    public static string Format(string field, long major, long minor) =>
        major is < 0 or > uint.MaxValue || minor is < 0 or > uint.MaxValue ? throw new RuntimeException($"{field}: {major}:{minor} is not a device") : $"{major}:{minor}";
}
