using System.Linq;
using System.Text;

namespace Carrel.Cli;

/// <summary>A completion script for bash, and for zsh's emulation of it, made of the declarations of the verbs.</summary>
internal static class BashCompletion
{
    internal static string Print()
    {
        var text = new StringBuilder("""
            _carrel() {
                local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb= i options= values= paths= takes=
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case ${COMP_WORDS[i]} in

            """);
        text.Append($"        {Pattern(GlobalOptions.Specs.Where(option => option.Value is not null))}) ((i++)) ;;\n");
        text.Append("""
                    -*) ;;
                    *) verb=${COMP_WORDS[i]}; break ;;
                    esac
                done
                case $verb in

            """);
        AppendCase(text, "''", GlobalOptions.Specs);
        foreach (VerbTable.Entry entry in VerbTable.Entries.Where(entry => !entry.IsHidden))
        {
            AppendCase(text, entry.Name, [.. entry.Make().Options]);
        }

        string verbs = string.Join(' ', VerbTable.Entries.Where(entry => !entry.IsHidden).Select(entry => entry.Name));
        return text.Append($$"""
                esac
                if [ -n "$values" ]; then
                    COMPREPLY=($(compgen -W "$values" -- "$word"))
                elif [ -n "$paths" ]; then
                    COMPREPLY=($(compgen -f -- "$word"))
                elif [ -n "$takes" ]; then
                    COMPREPLY=()
                elif [[ $word == -* ]]; then
                    COMPREPLY=($(compgen -W "$options --help" -- "$word"))
                elif [ -z "$verb" ]; then
                    COMPREPLY=($(compgen -W "{{verbs}}" -- "$word"))
                else
                    case $verb in
                    start | exec | kill | delete | state | pause | resume | ps | update | events)
                        COMPREPLY=($(compgen -W "$(carrel list --quiet 2>/dev/null)" -- "$word")) ;;
                    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")) ;;
                    do) COMPREPLY=($(compgen -c -- "$word") $(compgen -f -- "$word")) ;;
                    esac
                fi
            }
            complete -o filenames -F _carrel carrel

            """).ToString();
    }

    private static void AppendCase(StringBuilder text, string verb, OptionSpec[] options)
    {
        OptionSpec[] shown = [.. options.Where(option => !option.IsHidden)];
        text.Append($"    {verb})\n        options=\"{string.Join(' ', shown.Select(option => "--" + option.Name))}\"\n        case $previous in\n");
        foreach (OptionSpec option in shown.Where(option => option.Choices is not null))
        {
            text.Append($"        {Pattern([option])}) values=\"{string.Join(' ', option.Choices!)}\" ;;\n");
        }

        OptionSpec[] paths = [.. shown.Where(option => option.IsPath)];
        OptionSpec[] others = [.. shown.Where(option => option.Value is not null && !option.IsPath && option.Choices is null)];
        if (paths.Length > 0)
        {
            text.Append($"        {Pattern(paths)}) paths=1 ;;\n");
        }

        if (others.Length > 0)
        {
            text.Append($"        {Pattern(others)}) takes=1 ;;\n");
        }

        text.Append("        esac ;;\n");
    }

    private static string Pattern(System.Collections.Generic.IEnumerable<OptionSpec> options) =>
        string.Join(" | ", options.SelectMany(option => option.Letter == '\0' ? (string[])["--" + option.Name] : ["--" + option.Name, "-" + option.Letter]));
}
