using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Loader;

/// <summary>
/// An execve in progress (Linux's linux_binprm): everything that can fail has been looked up, read and checked before the old program is given up.
/// </summary>
internal sealed class ExecProgram
{
    private const int MaxInterpreters = 5;
    private const string FdPrefix = "/dev/fd/";

    private ExecProgram(ProgramArguments arguments, string fileName)
    {
        Arguments = arguments;
        FileName = fileName;
    }

    public ProgramArguments Arguments { get; }

    /// <summary>What was asked for; its base name becomes the task's name.</summary>
    public string FileName { get; }

    /// <summary>Named by a descriptor alone (execveat with AT_EMPTY_PATH): the task is called as the file (bprm->comm_from_dentry).</summary>
    public bool IsByDescriptor { get; private init; }

    /// <summary>The ELF program; for a script, its interpreter.</summary>
    public ElfImage Image { get; private set; } = null!;

    /// <summary>The dynamic linker, if the program names one.</summary>
    public ElfImage? Interpreter { get; private set; }

    public ExecCredentials Credentials { get; private set; }

    /// <summary>The caller may not read the program: it must not show itself to debuggers either (BINPRM_FLAGS_ENFORCE_NONDUMP).</summary>
    public bool IsUnreadable { get; private set; }

    /// <summary>The path as the program will know it: execveat with an empty path goes by /dev/fd.</summary>
    public static string NameFor(Fd directory, string path)
    {
        if (directory.Number == At.AT_FDCWD || path.StartsWith('/'))
        {
            return path;
        }

        return path.Length == 0 ? FdPrefix + directory.Number : $"{FdPrefix}{directory.Number}/{path}";
    }

    /// <summary>Opens and checks the program, whatever it is: up to five interpreters deep. The caller owns what it gets: <see cref="Release"/>.</summary>
    public static Result<ExecProgram> Prepare(Task task, Fd directory, string path, LookupFlags flags, ProgramArguments arguments, bool isPathInaccessible)
    {
        var program = new ExecProgram(arguments, NameFor(directory, path)) { IsByDescriptor = path.Length == 0 };
        Result<FileDescription> opened = FileOpener.OpenForExec(task, directory, path, flags);
        if (opened.Failed)
        {
            return opened.Error;
        }

        FileDescription file = opened.Value;
        string name = program.FileName;
        Errno error = Errno.OK;
        for (int depth = 0; ; depth++)
        {
            if (depth > MaxInterpreters)
            {
                error = Errno.ELOOP;
                break;
            }

            program.IsUnreadable |= Permission.Check(task, file.Inode, Permission.MayRead) != Errno.OK;
            Result<byte[]> head = ElfImage.ReadHead(task, file, ScriptLine.MaxLength);
            error = head.Error;
            if (error != Errno.OK || !ScriptLine.IsScript(head.Value))
            {
                break;
            }

            Result<ScriptLine> line = ScriptLine.Parse(head.Value);
            error = line.Error;
            if (error == Errno.OK && isPathInaccessible)
            {
                // The script's descriptor closes on exec: its interpreter could never open it.
                error = Errno.ENOENT;
            }

            if (error == Errno.OK)
            {
                error = arguments.ReplaceFirst(line.Value.Interpreter, line.Value.Argument, name);
            }

            if (error == Errno.OK)
            {
                name = line.Value.Interpreter;
                // The kernel looks up its own empty path, which is the working directory.
                opened = FileOpener.OpenForExec(task, new Fd(At.AT_FDCWD), name.Length == 0 ? "." : name, LookupFlags.Follow);
                error = opened.Error;
            }

            if (error != Errno.OK)
            {
                break;
            }

            file.Release();
            file = opened.Value;
        }

        if (error == Errno.OK)
        {
            error = program.LoadImages(task, file);
        }

        if (error != Errno.OK)
        {
            file.Release();
            return error;
        }

        return program;
    }

    /// <summary>Drops the files.</summary>
    public void Release()
    {
        Image.File.Release();
        Interpreter?.File.Release();
    }

    private Errno LoadImages(Task task, FileDescription file)
    {
        Result<ElfImage> image = ElfImage.Read(task, file, Errno.ENOEXEC);
        if (image.Failed)
        {
            return image.Error;
        }

        Image = image.Value;
        Result<ExecCredentials> credentials = ExecCredentials.Of(task, file);
        if (credentials.Failed)
        {
            return credentials.Error;
        }

        Credentials = credentials.Value;
        Result<string?> path = Image.ReadInterpreter(task);
        if (path.Failed || path.Value is null)
        {
            return path.Error;
        }

        Result<FileDescription> opened = FileOpener.OpenForExec(task, new Fd(At.AT_FDCWD), path.Value, LookupFlags.Follow);
        if (opened.Failed)
        {
            return opened.Error;
        }

        IsUnreadable |= Permission.Check(task, opened.Value.Inode, Permission.MayRead) != Errno.OK;
        Result<ElfImage> interpreter = ElfImage.Read(task, opened.Value, Errno.ELIBBAD);
        if (interpreter.Failed)
        {
            opened.Value.Release();
            return interpreter.Error;
        }

        Interpreter = interpreter.Value;
        return Errno.OK;
    }
}
