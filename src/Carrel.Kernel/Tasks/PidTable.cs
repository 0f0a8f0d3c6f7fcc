namespace Carrel.Kernel;

/// <summary>The pid namespace of the carrel: tasks, process groups and sessions by number.</summary>
public sealed partial class PidTable
{
}
