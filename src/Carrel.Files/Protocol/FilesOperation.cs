namespace Carrel.Files;

/// <summary>What a kernel process may ask of carrel-files.</summary>
public enum FilesOperation : ushort
{
    /// <summary>Attributes of an object. Reply: <see cref="FileAttributes"/>.</summary>
    Lookup = 1,
    /// <summary>All entries of a directory, as <see cref="ListFlags"/> say, in as many messages as it takes.</summary>
    List,
    /// <summary>
    /// Entries of some subdirectories, in the data as names with a NUL each, and of what lies below them, as many as fit into one message. Reply:
    /// sections, of which those of the subdirectories name the place in the request as their entry.
    /// </summary>
    ListBelow,
    /// <summary>A regular file for reading. Reply: <see cref="FileAttributes"/> and a descriptor.</summary>
    Open,
    /// <summary>The same for reading and writing (writable trees).</summary>
    OpenWritable,
    ReadLink,
    GetXattr,
    ListXattr,
    StatFs,
    /// <summary>Nothing more is wanted for a while. Reply: empty.</summary>
    Rest,

    // Writable trees only, from here on.

    /// <summary>A regular file, FIFO or socket name. Reply: <see cref="FileAttributes"/>.</summary>
    Create,
    MakeDirectory,
    MakeSymlink,
    MakeLink,
    Unlink,
    RemoveDirectory,
    Rename,
    SetAttributes,
    SetXattr,
    RemoveXattr,
    Sync,
}
