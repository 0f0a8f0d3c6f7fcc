using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Sockets.Unix;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/net: AF_UNIX is all there is; the tables of IP are empty.</summary>
internal static class ProcNetFiles
{
    private const string TcpHeader = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n";
    private const string UdpHeader = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             \n";

    public static void Add(FixedDirectory net)
    {
        net.AddText("unix", Unix);
        net.AddText("dev", static _ => "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n");
        net.AddText("route", static _ => "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n");
        net.AddText("tcp", static _ => TcpHeader);
        net.AddText("tcp6", static _ => TcpHeader);
        net.AddText("udp", static _ => UdpHeader);
        net.AddText("udp6", static _ => UdpHeader);
        net.AddText("if_inet6", static _ => "");
        net.AddText("arp", static _ => "IP address       HW type     Flags       HW address            Mask     Device\n");
        net.AddText("packet", static _ => "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n");
        net.AddText("netlink", static _ => "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n");
        net.AddText("protocols", Protocols);
        net.AddText("sockstat", static _ => "sockets: used 0\n");
    }

    private static string Unix(Task task)
    {
        var text = new StringBuilder("Num       RefCount Protocol Flags    Type St Inode Path\n");
        foreach (UnixSocket socket in task.Namespaces.NetworkOf(task).UnixNames.Sockets)
        {
            string flags = socket.IsListening ? "00010000" : "00000000";
            int state = socket.Peer is not null ? 3 : 1;
            text.Append(CultureInfo.InvariantCulture, $"0000000000000000: 00000002 00000000 {flags} {socket.SocketType:X4} {state:X2} {socket.Inode.Number,5}");
            text.Append(socket.ShownName is { } name ? " " + name : "").Append('\n');
        }

        return text.ToString();
    }

    private static string Protocols(Task task)
    {
        const string Operations = "  NI       0   yes  kernel      ";
        int streams = 0, others = 0;
        foreach (UnixSocket socket in task.Namespaces.NetworkOf(task).UnixNames.Sockets)
        {
            _ = socket.SocketType == Sock.SOCK_STREAM ? streams++ : others++;
        }

        return "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re sp bi br ha uh gp em\n"
            + string.Create(CultureInfo.InvariantCulture, $"UNIX-STREAM 1024 {streams,6}      -1 {Operations}y  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  y  n  n\n")
            + string.Create(CultureInfo.InvariantCulture, $"UNIX      1024 {others,6}      -1 {Operations}y  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n\n");
    }
}
