using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>Global options, a verb, its options and arguments. Nothing here may cost much: a container is started by several calls of this program.</summary>
internal static class CommandLine
{
    internal static int Run(string[] arguments)
    {
        string? verbName = null;
        int failure = 1;
        CommandLog log = new(null, isJson: false, isDebug: false);
        try
        {
            ParsedOptions global = ParsedOptions.Parse(arguments, GlobalOptions.Specs, stopsAtArgument: true);
            log = new CommandLog(global.Value("log"), global.Value("log-format") == "json", global.Has("debug"));
            if (global.Has("version"))
            {
                return Print(VersionText.Get());
            }

            verbName = global.Arguments.Count > 0 ? global.Arguments[0] : null;
            if (verbName is null or "help" || global.Has("help"))
            {
                return Help(global);
            }

            if (global.Value("log-format") is not (null or "text" or "json"))
            {
                throw new UsageException($"--log-format: not text or json: {global.Value("log-format")}");
            }

            Verb verb = VerbTable.Find(verbName) ?? throw new UsageException($"no such verb: {verbName} (`carrel --help` lists them)");
            failure = verb.FailureStatus;
            int first = arguments.Length - global.Arguments.Count + 1;
            return Run(verbName, verb, arguments, first, GlobalOptions.From(global, ProgramName()), log);
        }
        catch (UsageException e)
        {
            log.Error(verbName is null ? e.Message : $"{verbName}: {e.Message}");
            return failure;
        }
        catch (RuntimeException e)
        {
            log.Error(e.Message);
            return e.Status != 1 ? e.Status : e.ProgramStatus != 0 && failure == ExitStatus.Failure ? e.ProgramStatus : failure;
        }
        catch (Exception e) when (e is OciException or LaunchException)
        {
            log.Error(e.Message);
            return failure;
        }
    }

    internal static int Print(string text)
    {
        long written = HostFd.WriteAll(1, System.Text.Encoding.UTF8.GetBytes(text));
        return written == 0 || written == -(int)Errno.EPIPE ? 0 : throw HostError.Make((int)written, "stdout");
    }

    private static int Run(string name, Verb verb, string[] arguments, int first, GlobalOptions global, CommandLog log)
    {
        OptionSpec[] options = [.. verb.Options, new OptionSpec("help", null, "show help", 'h')];
        ParsedOptions parsed = ParsedOptions.Parse(arguments.AsSpan(first), options, verb.StopsAtArgument);
        if (parsed.Has("help"))
        {
            return Print(HelpText.Of(name, verb));
        }

        Descriptors.Clean(verb.PreservedDescriptors(parsed), verb.KeepsClosedStreams);
        IReadOnlyList<string> Raw()
        {
            IReadOnlyList<string> all = RawProcessText.Arguments(arguments);
            List<string> own = [];
            for (int i = first; i < all.Count; i++)
            {
                own.Add(all[i]);
            }

            return own;
        }

        return verb.Run(new VerbCall(parsed, global, log, Raw));
    }

    private static int Help(ParsedOptions global)
    {
        string? topic = global.Arguments.Find(argument => argument != "help");
        if (topic is null)
        {
            return Print(HelpText.Program());
        }

        Verb verb = VerbTable.Find(topic) ?? throw new UsageException($"no such verb: {topic}");
        return Print(HelpText.Of(topic, verb));
    }

    private static string ProgramName()
    {
        string all = ProcFile.ReadText("/proc/self/cmdline") ?? "";
        int end = all.IndexOf('\0');
        return end < 0 ? all : all[..end];
    }
}
