using System;
using Carrel.Abi;

namespace Carrel.Kernel.Syscalls;

/// <summary>Calls that belong to no other family: getrandom(2), personality(2), membarrier(2), arch_prctl(2), reboot(2).</summary>
public static class MiscSyscalls
{
    private const int RandomChunk = 64 << 10;
    private const long RandomMaximum = (32 << 20) - 1;
    private const uint PersonalityQuery = 0xffffffff;

    [Syscall(Nr.getrandom)]
    public static SyscallResult Getrandom(Task task, UserBuffer buffer, GetrandomFlags flags)
    {
        const GetrandomFlags Both = GetrandomFlags.GRND_RANDOM | GetrandomFlags.GRND_INSECURE;
        if ((flags & ~(Both | GetrandomFlags.GRND_NONBLOCK)) != 0 || (flags & Both) == Both)
        {
            return Errno.EINVAL;
        }

        long length = (long)Math.Min(buffer.Length, (ulong)RandomMaximum);
        var chunk = new byte[Math.Min(length, RandomChunk)];
        long done = 0;
        while (done < length)
        {
            Span<byte> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, length - done));
            task.Kernel.Host.GetRandom(part);
            long written = task.Mm.WritePartial(buffer.Address + (ulong)done, part);
            done += written;
            if (written < part.Length)
            {
                return done > 0 ? done : Errno.EFAULT;
            }
        }

        return done;
    }

    [Syscall(Nr.personality, Missing = "only ADDR_NO_RANDOMIZE and PER_LINUX32's machine name have an effect")]
    public static SyscallResult Personality(Task task, uint personality)
    {
        uint old = (uint)task.Personality;
        if (personality != PersonalityQuery)
        {
            task.Personality = (PersonalityFlags)personality;
        }

        return old;
    }

    /// <summary>The host does it: the barrier is one between the threads of the guest's own address space.</summary>
    [Syscall(Nr.membarrier, Missing = "the rseq commands")]
    public static SyscallResult Membarrier(Task task, int command, uint flags, int cpu)
    {
        const int Supported = Abi.Membarrier.MEMBARRIER_CMD_GLOBAL | Abi.Membarrier.MEMBARRIER_CMD_GLOBAL_EXPEDITED
            | Abi.Membarrier.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | Abi.Membarrier.MEMBARRIER_CMD_PRIVATE_EXPEDITED
            | Abi.Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | Abi.Membarrier.MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE
            | Abi.Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;
        if (flags != 0)
        {
            return Errno.EINVAL;
        }

        switch (command)
        {
            case Abi.Membarrier.MEMBARRIER_CMD_QUERY:
                return Supported | Abi.Membarrier.MEMBARRIER_CMD_GET_REGISTRATIONS;
            case Abi.Membarrier.MEMBARRIER_CMD_GET_REGISTRATIONS:
                return task.Mm.BarrierRegistrations;
            case Abi.Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
                // It implies the barrier without it (membarrier_register_private_expedited()).
                task.Mm.BarrierRegistrations |= command | Abi.Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED;
                break;
            case Abi.Membarrier.MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED or Abi.Membarrier.MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
                task.Mm.BarrierRegistrations |= command;
                break;
        }

        bool isOne = command > 0 && (command & (command - 1)) == 0;
        return !isOne || (command & ~Supported) != 0 ? Errno.EINVAL : SyscallResult.RunNatively;
    }

    [Syscall(Nr.arch_prctl, Missing = "ARCH_SET_CPUID, ARCH_REQ_XCOMP_PERM, shadow stacks")]
    public static SyscallResult ArchPrctl(Task task, int code, ulong address)
    {
        switch (code)
        {
            case Abi.ArchPrctl.ARCH_SET_FS or Abi.ArchPrctl.ARCH_SET_GS:
                if (address >= task.Mm.AddressLimit)
                {
                    return Errno.EPERM;
                }

                if (code == Abi.ArchPrctl.ARCH_SET_FS)
                {
                    task.FsBase = address;
                }
                else
                {
                    task.GsBase = address;
                }

                return SyscallResult.RunNatively;
            case Abi.ArchPrctl.ARCH_GET_FS or Abi.ArchPrctl.ARCH_GET_GS:
                // The host kernel writes the word itself: make sure that it can.
                return !new UserPtr<ulong>(address).TryWrite(task, 0) ? Errno.EFAULT : SyscallResult.RunNatively;
            case Abi.ArchPrctl.ARCH_GET_CPUID:
                return 1;
            case Abi.ArchPrctl.ARCH_SET_CPUID:
                return Errno.ENODEV;
            default:
                return Errno.EINVAL;
        }
    }

    [Syscall(Nr.reboot)]
    public static SyscallResult Reboot(Task task, uint magic1, uint magic2, uint command, ulong argument)
    {
        if (!task.IsCapable(Capability.CAP_SYS_BOOT))
        {
            return Errno.EPERM;
        }

        if (magic1 != Abi.Reboot.LINUX_REBOOT_MAGIC1
            || magic2 is not (Abi.Reboot.LINUX_REBOOT_MAGIC2 or Abi.Reboot.LINUX_REBOOT_MAGIC2A or Abi.Reboot.LINUX_REBOOT_MAGIC2B or Abi.Reboot.LINUX_REBOOT_MAGIC2C))
        {
            return Errno.EINVAL;
        }

        // reboot_pid_ns(): as in a container, init dies of the signal that tells its parent which it was.
        int signal = command switch
        {
            Abi.Reboot.LINUX_REBOOT_CMD_RESTART or Abi.Reboot.LINUX_REBOOT_CMD_RESTART2 => Signal.SIGHUP,
            Abi.Reboot.LINUX_REBOOT_CMD_POWER_OFF or Abi.Reboot.LINUX_REBOOT_CMD_HALT => Signal.SIGINT,
            _ => 0,
        };
        if (signal == 0)
        {
            return Errno.EINVAL;
        }

        task.Kernel.TaskExit.BeginGroupExit(task.Kernel.Init!, signal, except: null);
        return 0;
    }
}
