namespace Carrel.Cli;

/// <summary>zsh runs bash's completion functions.</summary>
internal static class ZshCompletion
{
    internal static string Print() => "autoload -Uz compinit bashcompinit\n(( $+functions[compdef] )) || compinit\nbashcompinit\n" + BashCompletion.Print();
}
