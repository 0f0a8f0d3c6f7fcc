using System;
using System.IO;

namespace Carrel.Tests.Cli;

/// <summary>A directory that goes away with its owner.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("carrel-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
