using System;
using System.Text;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime.Cgroups;

/// <summary>A connection to the private socket of a systemd manager (or to a bus): calls of methods, and its signals.</summary>
internal sealed class DBusConnection : IDisposable
{
    private const int MaxMessage = 1 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly int _socket;
    private readonly string _address;
    private uint _serial;

    /// <summary>Called with every signal that arrives while we wait for something.</summary>
    public Action<DBusMessage>? SignalArrived { get; set; }

    /// <exception cref="RuntimeException">Nobody answers there.</exception>
    public DBusConnection(string address)
    {
        _address = address;
        _socket = HostSocket.Create(Sock.AF_UNIX, Sock.SOCK_STREAM | Sock.SOCK_CLOEXEC, 0);
        int result = _socket < 0 ? _socket : HostSocket.Connect(_socket, HostSocket.UnixAddress(address));
        if (result < 0)
        {
            Dispose();
            throw Failure(((Errno)(-result)).ToString());
        }

        Authenticate();
    }

    public void Dispose()
    {
        if (_socket >= 0)
        {
            HostFd.Close(_socket);
        }
    }

    /// <summary>Calls a method and waits for the answer.</summary>
    /// <exception cref="DBusException">The other side says no.</exception>
    public DBusMessage Call(string destination, string path, string interfaceName, string member, string signature = "", Action<DBusWriter>? arguments = null)
    {
        var body = new DBusWriter();
        arguments?.Invoke(body);
        uint serial = ++_serial;
        Send(DBusMessage.Call(serial, destination, path, interfaceName, member, signature, body.Bytes));
        while (true)
        {
            DBusMessage message = Receive();
            if (message.Type == DBusMessage.Signal)
            {
                SignalArrived?.Invoke(message);
            }
            else if (message.ReplySerial == serial)
            {
                return message.Type == DBusMessage.Error ? throw new DBusException(message.ErrorName, message.String()) : message;
            }
        }
    }

    /// <summary>Waits until a signal has made this true.</summary>
    public void WaitFor(Func<bool> condition)
    {
        while (!condition())
        {
            DBusMessage message = Receive();
            if (message.Type == DBusMessage.Signal)
            {
                SignalArrived?.Invoke(message);
            }
        }
    }

    // "Authentication Protocol": EXTERNAL, the socket tells who we are; the user id in decimal, in hex digits. BEGIN goes with it: a server that read BEGIN and the first
    // message at once would keep the message until more comes (sd-bus does).
    private void Authenticate()
    {
        string user = Convert.ToHexString(Encoding.ASCII.GetBytes(HostCredentials.UserId.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Send(Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {user}\r\nBEGIN\r\n"));
        var line = new StringBuilder();
        Span<byte> one = stackalloc byte[1];
        while (line.Length < 4096 && !line.ToString().EndsWith("\r\n", StringComparison.Ordinal))
        {
            ReceiveExactly(one);
            line.Append((char)one[0]);
        }

        if (!line.ToString().StartsWith("OK ", StringComparison.Ordinal))
        {
            throw Failure($"refuses us ({line.ToString().Trim()})");
        }
    }

    private DBusMessage Receive()
    {
        var head = new byte[DBusMessage.FixedSize];
        ReceiveExactly(head);
        long rest = DBusMessage.RestOf(head);
        if (rest is < 0 or > MaxMessage)
        {
            throw Failure("sends what is no message");
        }

        var message = new byte[head.Length + (int)rest];
        head.CopyTo(message, 0);
        ReceiveExactly(message.AsSpan(head.Length));
        try
        {
            return DBusMessage.Parse(message);
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw Failure($"sends a message that cannot be read: {e.Message}");
        }
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            long sent = HostSocket.Send(_socket, bytes, [], Sock.MSG_NOSIGNAL);
            if (sent <= 0 && sent != -(int)Errno.EINTR)
            {
                throw Failure(((Errno)(-sent)).ToString());
            }

            bytes = bytes[(int)Math.Max(sent, 0)..];
        }
    }

    private void ReceiveExactly(Span<byte> bytes)
    {
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!bytes.IsEmpty)
        {
            long left = deadline - Environment.TickCount64;
            Span<PollFd> poll = [new PollFd { Fd = _socket, Events = (short)PollEvents.POLLIN }];
            if (left <= 0 || HostFd.Poll(poll, left * 1_000_000) == 0)
            {
                throw Failure("does not answer");
            }

            long received = HostFd.Read(_socket, bytes);
            if (received <= 0 && received is not (-(int)Errno.EINTR or -(int)Errno.EAGAIN))
            {
                throw Failure(received == 0 ? "has closed the connection" : ((Errno)(-received)).ToString());
            }

            bytes = bytes[(int)Math.Max(received, 0)..];
        }
    }

    private RuntimeException Failure(string why) => new($"systemd at {_address}: {why}");
}

/// <summary>An error answer of D-Bus.</summary>
internal sealed class DBusException(string name, string message) : Exception(message)
{
    public string Name { get; } = name;
}
