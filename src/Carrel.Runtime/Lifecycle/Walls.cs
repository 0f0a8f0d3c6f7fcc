using System;
using System.Threading;

namespace Carrel.Runtime;

/// <summary>The walls there are.</summary>
public static class Walls
{
    /// <summary>Tests put walls of their own here.</summary>
    internal static AsyncLocal<Func<Isolation, Wall?>?> Override { get; } = new();

    public static Wall For(Isolation isolation) => Override.Value?.Invoke(isolation) ?? isolation switch
    {
        Isolation.Kernel => new KernelWall(),
        Isolation.Container => new ContainerWall(),
        Isolation.Chroot => new ChrootWall(),
        _ => throw new RuntimeException($"--isolation={NameOf(isolation)}: not supported by this build"),
    };

    public static string NameOf(Isolation isolation) => isolation switch
    {
        Isolation.Kernel => "kernel",
        Isolation.Container => "container",
        _ => "chroot",
    };

    public static Isolation Parse(string name, string where) => name switch
    {
        "kernel" => Isolation.Kernel,
        "container" => Isolation.Container,
        "chroot" => Isolation.Chroot,
        _ => throw new RuntimeException($"{where}: {name}: not one of kernel, container, chroot"),
    };
}
