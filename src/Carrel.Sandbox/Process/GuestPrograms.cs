using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Vfs;

namespace Carrel.Sandbox;

/// <summary>A program made ready to run: everything is looked up, nothing runs.</summary>
/// <param name="Spec">What to run; its descriptors and namespaces are filled in later.</param>
internal sealed record PreparedProgram(ProcessSpec Spec, string Path, List<string> Environment, Credentials Credentials, Path WorkingDirectory, BpfProgram? Seccomp);

/// <summary>From a <see cref="ProcessSpec"/> to a process of the guest.</summary>
internal sealed class GuestPrograms(LinuxKernel kernel, MountNamespace tree)
{
    private const int FailureStatus = 125, NotExecutableStatus = 126, NotFoundStatus = 127;

    /// <summary>Looks up user, working directory and program. What is wrong, or null.</summary>
    internal CarrelExit? Prepare(ProcessSpec spec, out PreparedProgram? prepared)
    {
        prepared = null;
        Result<GuestUser> user = new GuestUsers(kernel, tree).Find(spec);
        if (user.Failed)
        {
            return new CarrelExit(FailureStatus, $"no such user or group: {spec.User}");
        }

        Result<Path> directory = KernelPath.Resolve(kernel, tree, spec.WorkingDirectory);
        if (directory.Succeeded && !directory.Value.Inode.IsDirectory)
        {
            directory = Errno.ENOTDIR;
        }

        if (directory.Failed && !spec.IsWorkingDirectoryOptional)
        {
            return new CarrelExit(FailureStatus, $"cannot change to the directory {spec.WorkingDirectory}: {directory.Error}");
        }

        Result<BpfProgram?> filter = MakeFilter(spec);
        if (filter.Failed)
        {
            return new CarrelExit(FailureStatus, $"the seccomp filter is not a valid program ({filter.Error})");
        }

        List<string> environment = GuestEnvironment.Complete(spec, user.Value, directory.Succeeded);
        Result<string> program = new ProgramSearch(kernel, tree, spec.WorkingDirectory).Find(spec.Arguments[0], environment);
        if (program.Failed)
        {
            return Explain(spec, program.Error);
        }

        prepared = new PreparedProgram(spec, program.Value, environment, user.Value.Credentials, directory.Succeeded ? directory.Value : tree.RootPath, filter.Value);
        return null;
    }

    /// <summary>Whether the program is a file that could be executed: what can be said before it is tried.</summary>
    internal CarrelExit? Check(PreparedProgram program)
    {
        string path = program.Path.StartsWith('/') ? program.Path : program.Spec.WorkingDirectory + "/" + program.Path;
        Result<Path> found = KernelPath.Resolve(kernel, tree, path);
        Errno error = found.Failed ? found.Error : !found.Value.Inode.IsRegular || (found.Value.Inode.Mode & 0x49) == 0 ? Errno.EACCES : Errno.OK;
        return error == Errno.OK ? null : Explain(program.Spec, error);
    }

    /// <summary>What the kernel is to start.</summary>
    internal InitSpec ToInit(PreparedProgram program, FdTable files, NamespaceSet namespaces) => new()
    {
        Path = program.Path,
        Arguments = program.Spec.Arguments,
        Environment = program.Environment,
        Credentials = program.Credentials,
        Files = files,
        Fs = new FsContext { Root = tree.RootPath, WorkingDirectory = program.WorkingDirectory, Umask = program.Spec.Umask },
        Namespaces = namespaces,
        Limits = MakeLimits(program.Spec),
        NoNewPrivileges = program.Spec.HasNoNewPrivileges,
        OomScoreAdjustment = program.Spec.OomScoreAdjustment,
        Seccomp = program.Seccomp,
    };

    /// <summary>Why a program did not start, in the words of a shell and with its exit status.</summary>
    internal static CarrelExit Explain(ProcessSpec spec, Errno error) => error switch
    {
        Errno.ENOENT or Errno.ENOTDIR => new CarrelExit(NotFoundStatus, $"{spec.Arguments[0]}: not found (no such file or directory)"),
        Errno.EACCES => new CarrelExit(NotExecutableStatus, $"{spec.Arguments[0]}: permission denied"),
        Errno.ENOEXEC => new CarrelExit(NotExecutableStatus, $"{spec.Arguments[0]}: not an executable of this machine"),
        _ => new CarrelExit(NotExecutableStatus, $"{spec.Arguments[0]}: cannot be executed ({error})"),
    };

    private static Result<BpfProgram?> MakeFilter(ProcessSpec spec)
    {
        if (spec.Seccomp.Length == 0)
        {
            return Result<BpfProgram?>.Of(null);
        }

        Result<BpfProgram> filter = BpfProgram.Check(MemoryMarshal.Cast<byte, SockFilter>(spec.Seccomp).ToArray());
        return filter.Failed ? filter.Error : Result<BpfProgram?>.Of(filter.Value);
    }

    private static ResourceLimits MakeLimits(ProcessSpec spec)
    {
        var limits = new ResourceLimits();
        foreach (LimitSpec limit in spec.Limits)
        {
            limits[limit.Resource] = new RlimitBuf(limit.Soft, limit.Hard);
        }

        return limits;
    }
}
