using System;
using System.Collections.Generic;
using System.Globalization;

namespace Carrel.Cli;

/// <summary>
/// Options as they were given, and the other arguments. Written as clients of OCI runtimes write them, which are Go programs: `--name value`,
/// `--name=value`, the same with one dash, `--switch=false`; and as shells users do: `-it`, `-u1000`.
/// </summary>
internal sealed class ParsedOptions
{
    private readonly List<(OptionSpec Option, string Value)> _given = [];

    /// <summary>What is not an option.</summary>
    internal List<string> Arguments { get; } = [];

    /// <summary>Where the first of <see cref="Arguments"/> stands among all; the number of all if there is none.</summary>
    internal int FirstArgument { get; private set; }

    /// <summary>Takes arguments apart.</summary>
    /// <param name="stopsAtArgument">What follows the first argument belongs to it, whatever it looks like.</param>
    /// <exception cref="UsageException">An option that is not known, or without its value.</exception>
    internal static ParsedOptions Parse(ReadOnlySpan<string> arguments, IReadOnlyList<OptionSpec> known, bool stopsAtArgument)
    {
        var parsed = new ParsedOptions { FirstArgument = arguments.Length };
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            bool isLast = argument == "--";
            if (isLast || argument.Length < 2 || argument[0] != '-')
            {
                int from = isLast ? i + 1 : i;
                parsed.FirstArgument = Math.Min(parsed.FirstArgument, from);
                if (isLast || stopsAtArgument)
                {
                    parsed.Arguments.AddRange(arguments[from..]);
                    break;
                }

                parsed.Arguments.Add(argument);
                continue;
            }

            i += parsed.TakeOption(argument, i + 1 < arguments.Length ? arguments[i + 1] : null, known);
        }

        return parsed;
    }

    internal bool Has(string name) => LastOf(name) is { } value && IsTrue(name, value);

    internal string? Value(string name) => LastOf(name);

    internal List<string> Values(string name)
    {
        List<string> values = [];
        foreach ((OptionSpec option, string value) in _given)
        {
            if (option.Name == name)
            {
                values.Add(value);
            }
        }

        return values;
    }

    /// <summary>A decimal number, or null if the option was not given.</summary>
    internal long? Number(string name)
    {
        if (LastOf(name) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw new UsageException($"--{name}: not a number: {text}");
    }

    internal int Count(string name) => Number(name) switch
    {
        null => 0,
        >= 0 and <= 1 << 16 and var number => (int)number,
        var number => throw new UsageException($"--{name}: out of range: {number}"),
    };

    /// <summary>How many of the following arguments were the option's value: 0 or 1.</summary>
    private int TakeOption(string argument, string? next, IReadOnlyList<OptionSpec> known)
    {
        int dashes = argument.StartsWith("--", StringComparison.Ordinal) ? 2 : 1;
        int equals = argument.IndexOf('=');
        string name = equals < 0 ? argument[dashes..] : argument[dashes..equals];
        OptionSpec? option = Find(known, name);
        if (option is null)
        {
            return dashes == 1 && TakeLetters(argument, next, known) is { } taken ? taken : throw new UsageException($"unknown option: {argument}");
        }

        if (equals >= 0)
        {
            string value = argument[(equals + 1)..];
            if (option.Value is null)
            {
                IsTrue(name, value);
            }

            _given.Add((option, value));
            return 0;
        }

        if (option.Value is null)
        {
            _given.Add((option, "true"));
            return 0;
        }

        _given.Add((option, next ?? throw new UsageException($"{argument}: the value is missing")));
        return 1;
    }

    /// <summary>Several letters behind one dash; the last may have a value, also right behind it.</summary>
    private int? TakeLetters(string argument, string? next, IReadOnlyList<OptionSpec> known)
    {
        List<(OptionSpec, string)> taken = [];
        for (int i = 1; i < argument.Length; i++)
        {
            OptionSpec? option = FindLetter(known, argument[i]);
            if (option is null)
            {
                return null;
            }

            if (option.Value is null)
            {
                taken.Add((option, "true"));
                continue;
            }

            bool isAttached = i + 1 < argument.Length;
            taken.Add((option, isAttached ? argument[(i + 1)..] : next ?? throw new UsageException($"{argument}: the value is missing")));
            _given.AddRange(taken);
            return isAttached ? 0 : 1;
        }

        _given.AddRange(taken);
        return 0;
    }

    private string? LastOf(string name)
    {
        for (int i = _given.Count - 1; i >= 0; i--)
        {
            if (_given[i].Option.Name == name)
            {
                return _given[i].Value;
            }
        }

        return null;
    }

    private static OptionSpec? Find(IReadOnlyList<OptionSpec> known, string name)
    {
        foreach (OptionSpec option in known)
        {
            if (option.Name == name || (name.Length == 1 && option.Letter == name[0]))
            {
                return option;
            }
        }

        return null;
    }

    private static OptionSpec? FindLetter(IReadOnlyList<OptionSpec> known, char letter)
    {
        foreach (OptionSpec option in known)
        {
            if (option.Letter == letter)
            {
                return option;
            }
        }

        return null;
    }

    private static bool IsTrue(string name, string value) => value switch
    {
        "true" or "1" or "t" or "T" or "TRUE" or "True" => true,
        "false" or "0" or "f" or "F" or "FALSE" or "False" => false,
        _ => throw new UsageException($"--{name}: not true or false: {value}"),
    };
}
