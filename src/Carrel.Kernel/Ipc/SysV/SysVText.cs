using System.Globalization;
using System.Text;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>/proc/sysvipc/shm, sem and msg of the reader's namespace (sysvipc_*_proc_show()).</summary>
internal static class SysVText
{
    private static readonly CultureInfo Format = CultureInfo.InvariantCulture;

    public static string Shm(Task task)
    {
        var text = new StringBuilder("       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n");
        foreach (SharedSegment s in task.Namespaces.Ipc.SharedMemory.Segments)
        {
            Head(text, s);
            text.Append(Format, $" {s.Size,21} {s.CreatorPid,5} {s.LastPid,5}  {s.Memory.Attachments,5}");
            Owners(text, s);
            text.Append(Format, $" {s.AttachTime,10} {s.DetachTime,10} {s.ChangeTime,10} {s.Memory.ResidentPages * 4096,21} {0,21}\n");
        }

        return text.ToString();
    }

    public static string Sem(Task task)
    {
        var text = new StringBuilder("       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n");
        foreach (SemaphoreSet s in task.Namespaces.Ipc.Semaphores.Sets)
        {
            Head(text, s);
            text.Append(Format, $" {s.Count,10}");
            Owners(text, s);
            text.Append(Format, $" {s.OperationTime,10} {s.ChangeTime,10}\n");
        }

        return text.ToString();
    }

    public static string Msg(Task task)
    {
        var text = new StringBuilder("       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n");
        foreach (MessageQueue q in task.Namespaces.Ipc.Messages.Queues)
        {
            Head(text, q);
            text.Append(Format, $"  {q.Bytes,10} {q.Count,10} {q.LastSender,5} {q.LastReceiver,5}");
            Owners(text, q);
            text.Append(Format, $" {q.SendTime,10} {q.ReceiveTime,10} {q.ChangeTime,10}\n");
        }

        return text.ToString();
    }

    private static void Head(StringBuilder text, IpcObject item) =>
        text.Append(Format, $"{item.Key,10} {item.Id,10}  {System.Convert.ToString(item.Mode, 8),4}");

    private static void Owners(StringBuilder text, IpcObject item) =>
        text.Append(Format, $" {item.Uid,5} {item.Gid,5} {item.CreatorUid,5} {item.CreatorGid,5}");
}
