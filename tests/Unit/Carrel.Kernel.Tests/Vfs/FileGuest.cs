using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;
using Carrel.Tests.Kernel.Fakes;
using Task = Carrel.Kernel.Task;

namespace Carrel.Tests.Kernel.Vfs;

/// <summary>A process with a file tree, whose system calls are made with C# values: strings become paths in guest memory, byte arrays buffers.</summary>
internal sealed class FileGuest
{
    public const int Cwd = At.AT_FDCWD;

    private const ulong ArenaSize = 1 << 22;
    private readonly ulong _arena;
    private ulong _used;

    public FileGuest(Func<LinuxKernel, FileSystem>? root = null)
    {
        Machine = new TestKernel();
        Root = root?.Invoke(Machine.Kernel) ?? new TmpfsFileSystem(Machine.Kernel, new TmpfsOptions { Mode = 0x1ed });
        Machine.Kernel.FileSystemTypes.Register("tmpfs", TmpfsFileSystem.Mount);
        Task = Machine.NewProcess();
        var mounts = new MountNamespace(Machine.Kernel, Root);
        Task.Namespaces = new NamespaceSet(new UtsNamespace(), mounts);
        Task.Fs.Root = mounts.RootPath;
        Task.Fs.WorkingDirectory = mounts.RootPath;
        _arena = (ulong)Machine.Do(Task, Nr.mmap, 0, ArenaSize, (ulong)(Prot.PROT_READ | Prot.PROT_WRITE), (ulong)(MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS), ulong.MaxValue, 0);
    }

    public TestKernel Machine { get; }

    public LinuxKernel Kernel => Machine.Kernel;

    public FileSystem Root { get; }

    public Task Task { get; }

    /// <summary>Makes a call: strings and byte arrays go into guest memory, and arrays come back with what the call wrote there.</summary>
    public long Call(int number, params object?[] arguments) => CallAs(Task, number, arguments);

    public long CallAs(Task task, int number, params object?[] arguments)
    {
        _used = 0;
        var registers = new ulong[arguments.Length];
        var buffers = new List<(ulong Address, byte[] Bytes)>();
        for (int i = 0; i < arguments.Length; i++)
        {
            registers[i] = arguments[i] switch
            {
                null => 0,
                string text => Place(Encoding.Latin1.GetBytes(text + "\0")),
                byte[] bytes => Remember(buffers, Place(bytes), bytes),
                Enum value => unchecked((ulong)Convert.ToInt64(value)),
                ulong value => value,
                IConvertible value => unchecked((ulong)Convert.ToInt64(value)),
                _ => throw new ArgumentException("argument " + i),
            };
        }

        long result = Machine.Do(task, number, registers);
        foreach ((ulong address, byte[] bytes) in buffers)
        {
            task.Mm.Read(address, bytes);
        }

        return result;
    }

    public int Open(string path, OpenFlags flags = OpenFlags.O_RDONLY, uint mode = 0x1a4) => (int)Call(Nr.open, path, flags, mode);

    public int Create(string path) => Open(path, OpenFlags.O_CREAT | OpenFlags.O_RDWR);

    public long Close(int fd) => Call(Nr.close, fd);

    public long Write(int fd, ReadOnlySpan<byte> data) => Call(Nr.write, fd, data.ToArray(), data.Length);

    public long Write(int fd, string text) => Write(fd, Encoding.Latin1.GetBytes(text));

    public string ReadText(int fd, int length)
    {
        var buffer = new byte[length];
        long n = Call(Nr.read, fd, buffer, length);
        return n < 0 ? ((Errno)(-n)).ToString() : Encoding.Latin1.GetString(buffer, 0, (int)n);
    }

    public void WriteFile(string path, string text)
    {
        int fd = Open(path, OpenFlags.O_CREAT | OpenFlags.O_WRONLY | OpenFlags.O_TRUNC);
        Write(fd, text);
        Close(fd);
    }

    public string ReadFile(string path)
    {
        int fd = Open(path);
        if (fd < 0)
        {
            return ((Errno)(-fd)).ToString();
        }

        string text = ReadText(fd, 65536);
        Close(fd);
        return text;
    }

    public Stat Stat(string path)
    {
        byte[] buffer = new byte[144];
        Xunit.Assert.Equal(0, Call(Nr.lstat, path, buffer));
        return Marshalled.FromBytes<Stat>(buffer);
    }

    public List<string> List(string path)
    {
        var names = new List<string>();
        int fd = Open(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        var buffer = new byte[512];
        for (long n; (n = Call(Nr.getdents64, fd, buffer, buffer.Length)) > 0;)
        {
            for (int at = 0; at < n; at += BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + 16)))
            {
                int end = Array.IndexOf(buffer, (byte)0, at + 19);
                names.Add(Encoding.Latin1.GetString(buffer, at + 19, end - at - 19));
            }
        }

        Close(fd);
        names.Remove(".");
        names.Remove("..");
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static ulong Remember(List<(ulong, byte[])> buffers, ulong address, byte[] bytes)
    {
        buffers.Add((address, bytes));
        return address;
    }

    private ulong Place(byte[] bytes)
    {
        ulong address = _arena + _used;
        _used += ((ulong)bytes.Length + 15) & ~15UL;
        Xunit.Assert.True(_used <= ArenaSize);
        Task.Mm.Write(address, bytes);
        return address;
    }
}
