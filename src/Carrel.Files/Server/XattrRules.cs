using System;
using Carrel.Abi;

namespace Carrel.Files;

/// <summary>The extended attributes that a carrel may see of its files.</summary>
internal static class XattrRules
{
    internal static bool IsServed(string name) => name.StartsWith(Xattr.XATTR_USER_PREFIX, StringComparison.Ordinal)
        || name is Xattr.XATTR_NAME_CAPS or Xattr.XATTR_NAME_POSIX_ACL_ACCESS or Xattr.XATTR_NAME_POSIX_ACL_DEFAULT;

    /// <summary>Takes the other names out of a listxattr(2) result, in place.</summary>
    /// <returns>Bytes left.</returns>
    internal static int Filter(Span<byte> names)
    {
        int kept = 0;
        for (int at = 0; at < names.Length;)
        {
            int end = names[at..].IndexOf((byte)0);
            int length = end < 0 ? names.Length - at : end + 1;
            Span<byte> name = names.Slice(at, length);
            if (end >= 0 && IsServed(Wire.ReadText(name[..^1])))
            {
                name.CopyTo(names[kept..]);
                kept += length;
            }

            at += length;
        }

        return kept;
    }
}
