using System;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Kernel.Sockets;

/// <summary>The SOL_SOCKET options, socket(7).</summary>
public sealed class SocketOptions
{
    private const int DefaultBuffer = 212992;
    private const int MaxBuffer = 212992;
    private const int MinSendBuffer = 4608;
    private const int MinReceiveBuffer = 2304;

    /// <summary>SO_SNDBUF as getsockopt shows it: twice what was asked for.</summary>
    public int SendBuffer { get; private set; } = DefaultBuffer;

    public int ReceiveBuffer { get; private set; } = DefaultBuffer;

    /// <summary>SO_RCVTIMEO, nanoseconds, 0: none.</summary>
    public long ReceiveTimeout { get; private set; }

    public long SendTimeout { get; private set; }

    public bool IsPassCredentials { get; internal set; }

    /// <summary>SO_PASSPIDFD: messages come with a pidfd of who sent them.</summary>
    public bool IsPassPidfd { get; internal set; }

    /// <summary>SO_OOBINLINE: urgent data is ordinary data.</summary>
    public bool IsOutOfBandInline { get; private set; }

    private bool _reuseAddress, _keepAlive, _broadcast, _debug, _dontRoute, _passSecurity, _timestamp, _timestampNs, _noCheck, _receiveMark, _lockFilter;
    private int _priority, _mark, _lowWater = 1, _peekOffset = -1, _busyPoll, _incomingCpu = -1;
    private ulong _pacingRate = ulong.MaxValue;
    private Linger _linger;

    public int PeekOffset => _peekOffset;

    /// <summary>SO_PEEK_OFF, if set, follows what was peeked and falls back by what was read.</summary>
    public void MovePeekOffset(long count)
    {
        if (_peekOffset >= 0)
        {
            _peekOffset = (int)Math.Clamp(_peekOffset + count, 0, int.MaxValue);
        }
    }

    /// <summary>getsockopt(SOL_SOCKET).</summary>
    public Result<byte[]> Get(Socket socket, int option) => option switch
    {
        Sock.SO_DEBUG => Int(_debug),
        Sock.SO_REUSEADDR => Int(_reuseAddress),
        Sock.SO_REUSEPORT => Int(false),
        Sock.SO_KEEPALIVE => Int(_keepAlive),
        Sock.SO_BROADCAST => Int(_broadcast),
        Sock.SO_DONTROUTE => Int(_dontRoute),
        Sock.SO_OOBINLINE => Int(IsOutOfBandInline),
        Sock.SO_TYPE => Int(socket.SocketType),
        Sock.SO_DOMAIN => Int(socket.Domain),
        Sock.SO_PROTOCOL => Int(socket.Protocol),
        Sock.SO_ACCEPTCONN => Int(socket.IsListening),
        Sock.SO_SNDBUF => Int(SendBuffer),
        Sock.SO_RCVBUF => Int(ReceiveBuffer),
        Sock.SO_RCVLOWAT => Int(_lowWater),
        Sock.SO_SNDLOWAT => Int(1),
        Sock.SO_PRIORITY => Int(_priority),
        Sock.SO_MARK => Int(_mark),
        Sock.SO_NO_CHECK => Int(_noCheck),
        Sock.SO_PEEK_OFF => Int(_peekOffset),
        Sock.SO_PASSCRED => Int(IsPassCredentials),
        Sock.SO_PASSSEC => Int(_passSecurity),
        Sock.SO_PASSPIDFD => Int(IsPassPidfd),
        Sock.SO_TIMESTAMP_OLD => Int(_timestamp),
        Sock.SO_TIMESTAMPNS_OLD => Int(_timestampNs),
        Sock.SO_ERROR => Int(TakeError(socket)),
        Sock.SO_LINGER => Marshalled.ToBytes(_linger),
        Sock.SO_RCVTIMEO_OLD or Sock.SO_RCVTIMEO_NEW => Marshalled.ToBytes(TimeConversion.ToTimeVal(ReceiveTimeout)),
        Sock.SO_SNDTIMEO_OLD or Sock.SO_SNDTIMEO_NEW => Marshalled.ToBytes(TimeConversion.ToTimeVal(SendTimeout)),
        Sock.SO_PEERCRED => Marshalled.ToBytes(ControlMessages.AsSeen(socket.Kernel.Current, socket.PeerCredentials)),
        Sock.SO_COOKIE => BitConverter.GetBytes(socket.Inode.Number),
        Sock.SO_BUSY_POLL => Int(_busyPoll),
        Sock.SO_INCOMING_CPU => Int(_incomingCpu),
        Sock.SO_MAX_PACING_RATE => BitConverter.GetBytes(_pacingRate),
        Sock.SO_RCVMARK => Int(_receiveMark),
        Sock.SO_LOCK_FILTER => Int(_lockFilter),
        // No device, no filter.
        Sock.SO_BINDTODEVICE or Sock.SO_GET_FILTER => Array.Empty<byte>(),
        _ => Errno.ENOPROTOOPT,
    };

    /// <summary>setsockopt(SOL_SOCKET). The value has at most a few hundred bytes.</summary>
    public Errno Set(Task task, int option, ReadOnlySpan<byte> value)
    {
        if (option == Sock.SO_BINDTODEVICE)
        {
            return value.IsEmpty || value[0] == 0 ? Errno.OK : Errno.ENODEV;
        }

        if (value.Length < sizeof(int))
        {
            return Errno.EINVAL;
        }

        int number = MemoryMarshal.Read<int>(value);
        bool flag = number != 0;
        switch (option)
        {
            case Sock.SO_DEBUG:
                if (flag && !task.Credentials.HasCapability(Capability.CAP_NET_ADMIN))
                {
                    return Errno.EACCES;
                }

                _debug = flag;
                return Errno.OK;
            case Sock.SO_REUSEADDR: _reuseAddress = flag; return Errno.OK;
            case Sock.SO_REUSEPORT: return flag ? Errno.EOPNOTSUPP : Errno.OK;
            case Sock.SO_KEEPALIVE: _keepAlive = flag; return Errno.OK;
            case Sock.SO_BROADCAST: _broadcast = flag; return Errno.OK;
            case Sock.SO_DONTROUTE: _dontRoute = flag; return Errno.OK;
            case Sock.SO_OOBINLINE: IsOutOfBandInline = flag; return Errno.OK;
            case Sock.SO_NO_CHECK: _noCheck = flag; return Errno.OK;
            case Sock.SO_PASSCRED: IsPassCredentials = flag; return Errno.OK;
            case Sock.SO_PASSSEC: _passSecurity = flag; return Errno.OK;
            case Sock.SO_PASSPIDFD: IsPassPidfd = flag; return Errno.OK;
            case Sock.SO_TIMESTAMP_OLD: _timestamp = flag; return Errno.OK;
            case Sock.SO_TIMESTAMPNS_OLD: _timestampNs = flag; return Errno.OK;
            case Sock.SO_PRIORITY:
                if (number is < 0 or > 6 && !task.Credentials.HasCapability(Capability.CAP_NET_ADMIN))
                {
                    return Errno.EPERM;
                }

                _priority = number;
                return Errno.OK;
            case Sock.SO_MARK:
                if (!task.Credentials.HasCapability(Capability.CAP_NET_ADMIN))
                {
                    return Errno.EPERM;
                }

                _mark = number;
                return Errno.OK;
            case Sock.SO_SNDBUF:
                SendBuffer = Math.Max(Math.Clamp(number, 0, MaxBuffer) * 2, MinSendBuffer);
                return Errno.OK;
            case Sock.SO_RCVBUF:
                ReceiveBuffer = Math.Max(Math.Clamp(number, 0, MaxBuffer) * 2, MinReceiveBuffer);
                return Errno.OK;
            case Sock.SO_SNDBUFFORCE or Sock.SO_RCVBUFFORCE:
                return Force(task, option, number);
            case Sock.SO_RCVLOWAT:
                _lowWater = number < 0 ? int.MaxValue : Math.Max(1, number);
                return Errno.OK;
            case Sock.SO_BUSY_POLL when number >= 0: _busyPoll = number; return Errno.OK;
            case Sock.SO_BUSY_POLL: return Errno.EINVAL;
            case Sock.SO_INCOMING_CPU: _incomingCpu = number; return Errno.OK;
            case Sock.SO_MAX_PACING_RATE:
                _pacingRate = value.Length == sizeof(ulong) ? MemoryMarshal.Read<ulong>(value) : number == -1 ? ulong.MaxValue : (uint)number;
                return Errno.OK;
            case Sock.SO_RCVMARK: _receiveMark = flag; return Errno.OK;
            case Sock.SO_LOCK_FILTER:
                if (_lockFilter && !flag)
                {
                    return Errno.EPERM;
                }

                _lockFilter = flag;
                return Errno.OK;
            case Sock.SO_DETACH_FILTER: return _lockFilter ? Errno.EPERM : Errno.ENOENT;
            // struct sock_fprog; filters themselves are not taken.
            case Sock.SO_ATTACH_FILTER: return value.Length != 16 ? Errno.EINVAL : Errno.ENOPROTOOPT;
            case Sock.SO_PEEK_OFF: _peekOffset = number; return Errno.OK;
            case Sock.SO_LINGER:
                if (value.Length < 8)
                {
                    return Errno.EINVAL;
                }

                _linger = MemoryMarshal.Read<Linger>(value);
                return Errno.OK;
            case Sock.SO_RCVTIMEO_OLD or Sock.SO_RCVTIMEO_NEW:
                return SetTimeout(value, nanoseconds => ReceiveTimeout = nanoseconds);
            case Sock.SO_SNDTIMEO_OLD or Sock.SO_SNDTIMEO_NEW:
                return SetTimeout(value, nanoseconds => SendTimeout = nanoseconds);
            default:
                return Errno.ENOPROTOOPT;
        }
    }

    private Errno Force(Task task, int option, int number)
    {
        if (!task.Credentials.HasCapability(Capability.CAP_NET_ADMIN))
        {
            return Errno.EPERM;
        }

        int size = Math.Clamp(number, 0, 16 << 20) * 2;
        if (option == Sock.SO_SNDBUFFORCE)
        {
            SendBuffer = Math.Max(size, MinSendBuffer);
        }
        else
        {
            ReceiveBuffer = Math.Max(size, MinReceiveBuffer);
        }

        return Errno.OK;
    }

    private static Errno SetTimeout(ReadOnlySpan<byte> value, Action<long> set)
    {
        if (value.Length < 16)
        {
            return Errno.EINVAL;
        }

        var time = MemoryMarshal.Read<TimeVal>(value);
        if (time.Usec is < 0 or >= 1_000_000)
        {
            return Errno.EDOM;
        }

        // A negative time means "do not wait": the shortest there is.
        long nanoseconds = 1;
        if (time.Sec >= 0)
        {
            TimeConversion.TryNanoseconds(time, out nanoseconds);
        }

        set(nanoseconds == long.MaxValue ? 0 : nanoseconds);
        return Errno.OK;
    }

    private static int TakeError(Socket socket)
    {
        int error = (int)socket.PendingError;
        socket.PendingError = Errno.OK;
        return error;
    }

    private static byte[] Int(int value) => BitConverter.GetBytes(value);

    private static byte[] Int(bool value) => BitConverter.GetBytes(value ? 1 : 0);
}
