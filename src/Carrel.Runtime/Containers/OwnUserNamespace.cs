using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>
/// Gives a user privileges over mounts of his own: this program begins again, in place of this process, as root of a new user namespace in which there is no other
/// id. Between the two runs a list in sealed memory, because unshare(2) of a user namespace takes a process of one thread.
/// </summary>
public static class OwnUserNamespace
{
    /// <summary>Whether this process is in such a namespace.</summary>
    public static bool IsEntered => HostCredentials.UserId == 0 && !UserNamespace.IsInitial;

    /// <summary>Returns only by an exception.</summary>
    /// <param name="arguments">From the program's name on, as bytes.</param>
    /// <param name="environment">As bytes.</param>
    public static void Enter(IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        if (HostFacts.TryNamespaces(CloneFlags.CLONE_NEWUSER) is not 0 and Errno refusal)
        {
            throw new RuntimeException($"a user namespace: {HostError.Describe(refusal)} (root is needed)");
        }

        using var plan = new StepPlan();
        int program = plan.Open("/proc/self/exe", OpenFlags.O_PATH, "/proc/self/exe");
        plan.Add("keeping the program", Nr.fcntl, program, Fcntl.F_SETFD, Fcntl.FD_CLOEXEC);
        plan.Add("unshare", Nr.unshare, (long)CloneFlags.CLONE_NEWUSER);
        Write(plan, "setgroups", "deny");
        Write(plan, "uid_map", string.Create(CultureInfo.InvariantCulture, $"0 {HostCredentials.UserId} 1"));
        Write(plan, "gid_map", string.Create(CultureInfo.InvariantCulture, $"0 {HostCredentials.GroupId} 1"));
        plan.Add("execve", Nr.execveat, program, plan.Text(""), plan.List.TextVector(arguments), plan.List.TextVector(environment), At.AT_EMPTY_PATH);
        int image = ErrorText.Check(InitImage.Create(plan.List, -1), "making the way into the user namespace");
        ErrorText.Check(HostFd.Fcntl(program, Fcntl.F_SETFD, 0), "keeping the program");
        ErrorText.Check(HostProcess.Execute(image, "carrel"), "execve");
    }

    private static void Write(StepPlan plan, string file, string text)
    {
        int opened = plan.Add(file, Nr.openat, At.AT_FDCWD, plan.Text("/proc/self/" + file), (long)(OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC), 0);
        plan.Add(file, Nr.write, StepPlan.ResultOf(opened), plan.Text(text), text.Length);
    }
}
