using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
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
        bool isDate = DateTimeOffset.TryParse(draft.Created, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset created);
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
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, container.Id);
            json.WriteString("isolation"u8, Walls.NameOf(container.Isolation));
            json.WriteString("bundle"u8, container.Bundle);
            json.WriteString("rootfs"u8, container.Rootfs);
            json.WriteString("created"u8, container.Created.ToString("O", CultureInfo.InvariantCulture));
            json.WriteNumber("owner"u8, container.Owner);
            WriteMap(json, "annotations"u8, container.Annotations);
            json.WriteNumber("pid"u8, container.Pid);
            json.WriteNumber("pidStart"u8, container.PidStart);
            WriteCgroup(json, container.Cgroup);
            json.WriteBoolean("hasDefaultSeccomp"u8, container.HasDefaultSeccomp);
            json.WriteBoolean("isMade"u8, container.IsMade);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
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

    private static void WriteCgroup(Utf8JsonWriter json, CgroupRecord? record)
    {
        if (record is not null)
        {
            json.WriteStartObject("cgroup"u8);
            json.WriteString("manager"u8, record.Manager);
            WriteMap(json, "paths"u8, record.Paths);
            if (record.Unit is not null)
            {
                json.WriteString("unit"u8, record.Unit);
            }

            json.WriteEndObject();
        }
    }

    private static void WriteMap(Utf8JsonWriter json, ReadOnlySpan<byte> name, Dictionary<string, string>? map)
    {
        if (map is not null)
        {
            json.WriteStartObject(name);
            foreach ((string key, string value) in map)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
        }
    }
}
