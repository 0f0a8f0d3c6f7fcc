using System;
using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Syscalls;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Trace;

/// <summary>Arguments and results of a system call as text, by the declared types of the handler's parameters.</summary>
internal sealed class ArgumentFormatter(Task task, int number)
{
    private const int StringLimit = 256;
    private const int ArrayLimit = 8;
    private const int VectorLimit = 64;

    private ulong Register(int index) => index switch
    {
        0 => task.SyscallArguments.A0,
        1 => task.SyscallArguments.A1,
        2 => task.SyscallArguments.A2,
        3 => task.SyscallArguments.A3,
        4 => task.SyscallArguments.A4,
        _ => task.SyscallArguments.A5,
    };

    /// <summary>An argument before the call; null for what the kernel has yet to fill, empty for what means nothing in this call.</summary>
    public string? Before(SyscallParameter parameter, int register)
    {
        ArgumentShape? shape = ArgumentShapes.Find(number, register);
        return shape is { IsOutput: true } ? null : Format(parameter, register, shape, null);
    }

    /// <summary>An argument that the call has filled, or its address after a failure.</summary>
    public string After(SyscallParameter parameter, int register, SyscallResult result) =>
        result.Failed && parameter.Type != "UserIoVec"
            ? Quoting.Address(Register(register)) + (parameter.Registers == 2 ? ", " + Plain("ulong", Register(register + 1)) : "")
            : Format(parameter, register, ArgumentShapes.Find(number, register), result);

    private string Format(SyscallParameter parameter, int register, ArgumentShape? shape, SyscallResult? result)
    {
        ulong value = Register(register);
        switch (shape?.Kind ?? ArgumentKind.Declared)
        {
            case ArgumentKind.Octal:
                return "0" + Convert.ToString((uint)value, 8);
            case ArgumentKind.CreationMode:
                bool creates = ((OpenFlags)Register(shape!.Other) & (OpenFlags.O_CREAT | OpenFlags.__O_TMPFILE)) != 0;
                return creates ? "0" + Convert.ToString((uint)value, 8) : "";
            case ArgumentKind.Signal:
                return SignalText.Name((int)value);
            case ArgumentKind.SignalSet:
                return new UserPtr<ulong>(value).TryRead(task, out ulong set) ? SignalText.Set(set) : Quoting.Address(value);
            case ArgumentKind.SocketAddress:
                return SocketAddress(value, shape!, result);
            case ArgumentKind.Bytes:
                return Bytes(parameter, register, shape!, result);
            case ArgumentKind.Strings:
                return Strings(value);
            case ArgumentKind.StringCount:
                return string.Create(CultureInfo.InvariantCulture, $"{Quoting.Address(value)} /* {CountStrings(value)} vars */");
            case ArgumentKind.Array:
                return Array(parameter.Type, value, (long)Register(shape!.Other));
            case ArgumentKind.ResultArray:
                return Array(parameter.Type, value, result?.Value ?? 0);
            case ArgumentKind.Clone:
                string flags = ConstantNames.CloneFlags.Format(value & ~0xffUL);
                return (value & 0xff) == 0 ? flags : $"{(flags == "0" ? "" : flags + "|")}{SignalText.Name((int)(value & 0xff))}";
            case ArgumentKind.WaitStatus:
                return new UserPtr<int>(value).TryRead(task, out int status) && result?.Value != 0 ? $"[{SignalText.WaitStatus(status)}]" : Quoting.Address(value);
            case ArgumentKind.Pair:
                return new UserPtr<int>(value).TryRead(task, out int first) && new UserPtr<int>(value).Element(1).TryRead(task, out int second)
                    ? $"[{Descriptor(first)}, {Descriptor(second)}]"
                    : Quoting.Address(value);
        }

        return (shape?.Names ?? parameter.Names) is { } names ? names.Format(value) : Declared(parameter, register);
    }

    private string Declared(SyscallParameter parameter, int register)
    {
        ulong value = Register(register);
        switch (parameter.Type)
        {
            case "Fd":
                return Descriptor((int)value);
            case "UserString":
                if (value == 0)
                {
                    return "NULL";
                }

                Result<string> text = new UserString(value).Read(task, Quoting.SampleSize * 128, Errno.ENAMETOOLONG);
                return text.Failed ? Quoting.Address(value) : Quoting.Quote(text.Value, StringLimit);
            case "UserBuffer":
                return $"{Quoting.Sample(task, value, Register(register + 1))}, {Plain("ulong", Register(register + 1))}";
            case "UserIoVec":
                return $"{StructText.Vector(task, value, Register(register + 1), long.MaxValue)}, {Plain("ulong", Register(register + 1))}";
            case "int" or "uint" or "long" or "ulong":
                return IsAddress(parameter.Name) ? Quoting.Address(value) : Plain(parameter.Type, value);
            default:
                return value == 0 ? "NULL" : StructText.Describe(task, parameter.Type, value) ?? Quoting.Address(value);
        }
    }

    private static bool IsAddress(string name) =>
        name.EndsWith("ddress", StringComparison.Ordinal) || name is "start" or "stack" or "buffer" or "head" or "tls";

    private static string Plain(string type, ulong value) => type switch
    {
        "int" => ((int)value).ToString(CultureInfo.InvariantCulture),
        "uint" => ((uint)value).ToString(CultureInfo.InvariantCulture),
        "long" => ((long)value).ToString(CultureInfo.InvariantCulture),
        _ => value < 1UL << 32 ? value.ToString(CultureInfo.InvariantCulture) : Quoting.Address(value),
    };

    /// <summary>A descriptor with what it leads to: 3&lt;/etc/passwd&gt;.</summary>
    public string Descriptor(int fd)
    {
        if (fd == At.AT_FDCWD)
        {
            return "AT_FDCWD";
        }

        FileDescription? file = task.Files.Find(fd);
        return file is null
            ? fd.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{fd}<{Quoting.Quote(PathName.Format(file, task.Fs.Root), StringLimit)[1..^1]}>");
    }

    private string SocketAddress(ulong address, ArgumentShape shape, SyscallResult? result)
    {
        ulong length = Register(shape.Other);
        if (result is not null)
        {
            if (address == 0 || !new UserPtr<int>(length).TryRead(task, out int filled))
            {
                return Quoting.Address(address);
            }

            length = (ulong)filled;
        }

        return SocketAddressText.Describe(task, address, (int)length);
    }

    private string Bytes(SyscallParameter parameter, int register, ArgumentShape shape, SyscallResult? result)
    {
        ulong address = Register(register);
        if (parameter.Type == "UserIoVec")
        {
            return $"{StructText.Vector(task, address, Register(register + 1), Math.Max(0, result?.Value ?? 0))}, {Plain("ulong", Register(register + 1))}";
        }

        ulong length = result is { } done ? (ulong)Math.Max(0, done.Value) : Register(shape.Other);
        string sample = Quoting.Sample(task, address, length);
        return parameter.Registers == 2 ? $"{sample}, {Plain("ulong", Register(register + 1))}" : sample;
    }

    private string Array(string type, ulong address, long count)
    {
        int size = StructText.ElementSize(type);
        if (address == 0 || size == 0)
        {
            return Quoting.Address(address);
        }

        var text = new StringBuilder("[");
        for (int i = 0; i < Math.Min(count, ArrayLimit); i++)
        {
            if (StructText.Describe(task, type, address + ((ulong)i * (ulong)size)) is not { } element)
            {
                return Quoting.Address(address);
            }

            text.Append(i == 0 ? "" : ", ").Append(element);
        }

        return text.Append(count > ArrayLimit ? ", ...]" : "]").ToString();
    }

    private string Strings(ulong address)
    {
        if (address == 0)
        {
            return "NULL";
        }

        var text = new StringBuilder("[");
        for (int i = 0; ; i++)
        {
            if (!new UserPtr<ulong>(address).Element(i).TryRead(task, out ulong item))
            {
                return Quoting.Address(address);
            }

            if (item == 0)
            {
                return text.Append(']').ToString();
            }

            if (i == VectorLimit)
            {
                return text.Append(", ...]").ToString();
            }

            Result<string> value = new UserString(item).Read(task, Quoting.SampleSize * 128, Errno.E2BIG);
            text.Append(i == 0 ? "" : ", ").Append(value.Failed ? Quoting.Address(item) : Quoting.Quote(value.Value, StringLimit));
        }
    }

    private int CountStrings(ulong address)
    {
        const int Most = 100_000;
        int count = 0;
        while (address != 0 && count < Most && new UserPtr<ulong>(address).Element(count).TryRead(task, out ulong item) && item != 0)
        {
            count++;
        }

        return count;
    }
}
