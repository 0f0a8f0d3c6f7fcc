using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>/proc/sysvipc/shm, sem and msg of the reader's namespace (sysvipc_*_proc_show()).</summary>
internal static class SysVText
{
    public static string Shm(Task task) => Table(
        "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n",
        task.Namespaces.Ipc.SharedMemory.Segments,
        s => $" {s.Size,21} {s.CreatorPid,5} {s.LastPid,5}  {s.Memory.Attachments,5}",
        s => $" {s.AttachTime,10} {s.DetachTime,10} {s.ChangeTime,10} {s.Memory.ResidentPages * 4096,21} {0,21}\n");

    public static string Sem(Task task) => Table(
        "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n",
        task.Namespaces.Ipc.Semaphores.Sets,
        s => $" {s.Count,10}",
        s => $" {s.OperationTime,10} {s.ChangeTime,10}\n");

    public static string Msg(Task task) => Table(
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n",
        task.Namespaces.Ipc.Messages.Queues,
        q => $"  {q.Bytes,10} {q.Count,10} {q.LastSender,5} {q.LastReceiver,5}",
        q => $" {q.SendTime,10} {q.ReceiveTime,10} {q.ChangeTime,10}\n");

    private static string Table<T>(string title, IEnumerable<T> items, Func<T, FormattableString> usage, Func<T, FormattableString> times) where T : IpcObject
    {
        var text = new StringBuilder(title);
        foreach (T item in items)
        {
            text.Append(CultureInfo.InvariantCulture, $"{item.Key,10} {item.Id,10}  {Convert.ToString(item.Mode, 8),4}")
                .Append(FormattableString.Invariant(usage(item)))
                .Append(CultureInfo.InvariantCulture, $" {item.Uid,5} {item.Gid,5} {item.CreatorUid,5} {item.CreatorGid,5}")
                .Append(FormattableString.Invariant(times(item)));
        }

        return text.ToString();
    }
}
