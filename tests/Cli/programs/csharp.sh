#!/bin/bash
# needs: dotnet
# The C# compiler, and a program with threads, tasks, exceptions and collections of garbage.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
d=/tmp/csharp.$$; mkdir -p $d; cd $d || exit 1
base=$(dirname "$(readlink -f "$(command -v dotnet)")")
csc=$(ls -d "$base"/sdk/*/Roslyn/bincore/csc.dll | tail -1); runtime=$(ls -d "$base"/shared/Microsoft.NETCore.App/* | tail -1)
cat > p.cs <<'C'
using System; using System.Collections.Concurrent; using System.IO; using System.Linq; using System.Threading; using System.Threading.Tasks;
class P {
  static async Task Main() {
    var sums = new ConcurrentDictionary<int, long>();
    var threads = Enumerable.Range(0, 8).Select(n => new Thread(() => { long s = 0; for (int i = 0; i < 20000; i++) { var a = new byte[100 + i % 1000]; a[0] = 1; s += a.Length; } sums[n] = s; })).ToArray();
    foreach (var t in threads) t.Start(); foreach (var t in threads) t.Join();
    Console.WriteLine(string.Join(" ", sums.OrderBy(p => p.Key).Select(p => p.Value)));
    Console.WriteLine((await Task.WhenAll(Enumerable.Range(0, 50).Select(async n => { await Task.Delay(5); return n * n; }))).Sum());
    for (int i = 0; i < 5; i++) { var big = new long[3_000_000]; big[i] = i; } GC.Collect(); Console.WriteLine(GC.CollectionCount(2) > 0);
    int caught = 0; for (int i = 0; i < 200; i++) try { object o = null; o.ToString(); } catch (NullReferenceException) { caught++; } Console.WriteLine(caught);
    try { int zero = 0; Console.WriteLine(1 / zero); } catch (DivideByZeroException e) { Console.WriteLine(e.GetType().Name); }
    File.WriteAllText("f", "text"); Console.WriteLine(File.ReadAllText("f") + new FileInfo("f").Length);
    using var timer = new Timer(_ => { }, null, 1, 1); Thread.Sleep(20);
    var p = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", "-c \"echo child; exit 4\"") { RedirectStandardOutput = true });
    Console.Write(p.StandardOutput.ReadToEnd()); p.WaitForExit(); Console.WriteLine(p.ExitCode); Environment.Exit(9);
  }
}
C
dotnet "$csc" -nologo -nullable:disable -nowarn:CS1701,CS1702 $(ls "$runtime"/System*.dll "$runtime"/mscorlib.dll "$runtime"/netstandard.dll "$runtime"/Microsoft.Win32.Primitives.dll | grep -v Native | sed 's/^/-r:/') -out:p.dll p.cs || exit 1
echo "{\"runtimeOptions\":{\"framework\":{\"name\":\"Microsoft.NETCore.App\",\"version\":\"$(basename "$runtime")\"}}}" > p.runtimeconfig.json
dotnet p.dll; echo "status $?"
cd /; rm -rf $d
