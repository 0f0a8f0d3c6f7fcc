using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>state.json: the record of a container. By hand, since every verb reads it and the serializer is slow to begin (see <see cref="JsonCursor"/>).</summary>
internal static class RecordDocument
{
    private sealed class Draft
    {
        internal string Id = "", Bundle = "", Rootfs = "", Isolation = "", Created = "";
        internal uint Owner;
        internal Dictionary<string, string>? Annotations;
        internal int Pid;
        internal ulong PidStart;
        internal CgroupRecord? Cgroup;
        internal bool IsMade, HasDefaultSeccomp;
    }

    /// <summary>Throws <see cref="OciException"/> for a damaged one.</summary>
    internal static Container Read(ReadOnlySpan<byte> text, string name)
    {
        Draft draft = JsonCursor.Read<Draft>(text, name, null, Field);
        bool isDate = DateTimeOffset.TryParseExact(draft.Created, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created);
        if (draft.Id.Length == 0 || !isDate)
        {
            throw new OciException($"{name}: not the record of a container");
        }

        return new Container
        {
            Id = draft.Id, Isolation = Walls.Parse(draft.Isolation, name), Bundle = draft.Bundle, Rootfs = draft.Rootfs, Created = created, Owner = draft.Owner,
            Annotations = draft.Annotations, Pid = draft.Pid, PidStart = draft.PidStart, Cgroup = draft.Cgroup, IsMade = draft.IsMade,
            HasDefaultSeccomp = draft.HasDefaultSeccomp,
        };
    }

    internal static byte[] Write(Container container)
    {
        var json = new JsonText();
        json.Add("id", container.Id);
        json.Add("isolation", Walls.NameOf(container.Isolation));
        json.Add("bundle", container.Bundle);
        json.Add("rootfs", container.Rootfs);
        json.Add("created", container.Created.ToString("O", CultureInfo.InvariantCulture));
        json.Add("owner", container.Owner);
        WriteMap(json, "annotations", container.Annotations);
        json.Add("pid", (ulong)container.Pid);
        json.Add("pidStart", container.PidStart);
        WriteCgroup(json, container.Cgroup);
        json.Add("hasDefaultSeccomp", container.HasDefaultSeccomp);
        json.Add("isMade", container.IsMade);
        return json.ToBytes();
    }

    private static bool Field(ref JsonCursor json, Draft draft, string name)
    {
        switch (name)
        {
            case "id": draft.Id = json.Text() ?? ""; break;
            case "isolation": draft.Isolation = json.Text() ?? ""; break;
            case "bundle": draft.Bundle = json.Text() ?? ""; break;
            case "rootfs": draft.Rootfs = json.Text() ?? ""; break;
            case "created": draft.Created = json.Text() ?? ""; break;
            case "owner": draft.Owner = json.UInt32(); break;
            case "annotations": draft.Annotations = json.TextMap(); break;
            case "pid": draft.Pid = json.Int32(); break;
            case "pidStart": draft.PidStart = json.UInt64(); break;
            case "cgroup": draft.Cgroup = json.Object<CgroupRecord>(CgroupField); break;
            case "hasDefaultSeccomp": draft.HasDefaultSeccomp = json.Bool(); break;
            case "isMade": draft.IsMade = json.Bool(); break;
            default: return false;
        }

        return true;
    }

    private static bool CgroupField(ref JsonCursor json, CgroupRecord record, string name)
    {
        switch (name)
        {
            case "manager": record.Manager = json.Text() ?? ""; break;
            case "paths": record.Paths = json.TextMap() ?? []; break;
            case "unit": record.Unit = json.Text(); break;
            default: return false;
        }

        return true;
    }

    private static void WriteCgroup(JsonText json, CgroupRecord? record)
    {
        if (record is not null)
        {
            json.Begin("cgroup");
            json.Add("manager", record.Manager);
            WriteMap(json, "paths", record.Paths);
            if (record.Unit is not null)
            {
                json.Add("unit", record.Unit);
            }

            json.End();
        }
    }

    private static void WriteMap(JsonText json, string name, Dictionary<string, string>? map)
    {
        if (map is not null)
        {
            json.Begin(name);
            foreach ((string key, string value) in map)
            {
                json.Add(key, value);
            }

            json.End();
        }
    }
}
