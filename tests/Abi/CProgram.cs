using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace Carrel.Tests.Abi;

/// <summary>Asks the C compiler and the system headers for the values of expressions.</summary>
internal static partial class CProgram
{
    // Lines of the generated program that hold one expression each are numbered from here, so that an error message names the expression.
    private const int FirstLine = 100_000;

    /// <summary>The value of each expression: a number in decimal, or the characters of a string. Expressions that do not compile are left out.</summary>
    public static Dictionary<string, string> Evaluate(string preamble, IEnumerable<string> expressions)
    {
        List<string> remaining = expressions.Distinct().ToList();
        string directory = Directory.CreateTempSubdirectory("carrel-abi-").FullName;
        try
        {
            string source = Path.Combine(directory, "probe.c");
            string program = Path.Combine(directory, "probe");
            while (remaining.Count > 0)
            {
                File.WriteAllText(source, Write(preamble, remaining));
                (int status, string errors) = Run("gcc", ["-w", "-O0", "-fmax-errors=0", source, "-o", program], Stream.Error);
                if (status == 0)
                {
                    (status, string output) = Run(program, [], Stream.Output);
                    if (status != 0)
                    {
                        throw new InvalidOperationException($"the generated program exited with {status}");
                    }

                    string[] lines = output.Split('\n');
                    return remaining.Select((expression, index) => (expression, lines[index])).ToDictionary();
                }

                // An identifier that occurs twice is reported once, hence the loop.
                HashSet<int> failed = ErrorLine().Matches(errors).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) - FirstLine).ToHashSet();
                if (failed.Count == 0)
                {
                    throw new InvalidOperationException("the headers do not compile together:\n" + errors);
                }

                remaining = remaining.Where((_, index) => !failed.Contains(index)).ToList();
            }

            return [];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Write(string preamble, List<string> expressions)
    {
        var text = new StringBuilder(preamble);
        text.Append("int printf(const char *, ...);\n");
        text.Append("static void number(long long v) { printf(\"%lld\\n\", v); }\nstatic void string(const char *s) { printf(\"%s\\n\", s); }\n");
        text.Append("#define EMIT(x) _Generic((x), char *: string((const char *)(long)(x)), const char *: string((const char *)(long)(x)), default: number((long long)(x)))\n");
        text.Append("int main(void)\n{\n");
        for (int i = 0; i < expressions.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"#line {FirstLine + i}\nEMIT(({expressions[i]}));\n");
        }

        return text.Append("return 0;\n}\n").ToString();
    }

    private enum Stream
    {
        Output,
        Error,
    }

    private static (int Status, string Text) Run(string program, string[] arguments, Stream stream)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = stream == Stream.Output,
            RedirectStandardError = stream == Stream.Error,
        };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        string text = stream == Stream.Output ? process.StandardOutput.ReadToEnd() : process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text);
    }

    [GeneratedRegex(@":(1\d{5}):\d+: error:")]
    private static partial Regex ErrorLine();
}
