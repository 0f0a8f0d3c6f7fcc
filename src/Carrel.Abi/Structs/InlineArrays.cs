using System.Runtime.CompilerServices;

namespace Carrel.Abi;

/// <summary>Eight bytes inside a struct, such as prefixes of sa_data.</summary>
[InlineArray(8)]
public struct Bytes8
{
    private byte _element;
}

/// <summary>Sixteen bytes inside a struct, such as an IPv6 address or an interface name.</summary>
[InlineArray(16)]
public struct Bytes16
{
    private byte _element;
}

/// <summary>Twenty-eight bytes inside a struct: the tail of struct signalfd_siginfo.</summary>
[InlineArray(28)]
public struct Bytes28
{
    private byte _element;
}

/// <summary>One string of struct new_utsname: 64 bytes and a NUL.</summary>
[InlineArray(65)]
public struct Bytes65
{
    private byte _element;
}

/// <summary>The path of struct sockaddr_un.</summary>
[InlineArray(108)]
public struct Bytes108
{
    private byte _element;
}

[InlineArray(2)]
public struct UInts2
{
    private uint _element;
}

[InlineArray(4)]
public struct UInts4
{
    private uint _element;
}

[InlineArray(7)]
public struct UInts7
{
    private uint _element;
}

[InlineArray(11)]
public struct UInts11
{
    private uint _element;
}

[InlineArray(2)]
public struct ULongs2
{
    private ulong _element;
}

[InlineArray(3)]
public struct ULongs3
{
    private ulong _element;
}

[InlineArray(4)]
public struct ULongs4
{
    private ulong _element;
}

[InlineArray(6)]
public struct ULongs6
{
    private ulong _element;
}

[InlineArray(8)]
public struct ULongs8
{
    private ulong _element;
}

[InlineArray(16)]
public struct ULongs16
{
    private ulong _element;
}
