using Carrel.Abi;
using Carrel.Kernel.Trace;
using Xunit;

namespace Carrel.Tests.Kernel.Trace;

/// <summary>Names of constants, made by the generator.</summary>
public sealed class NameTableTests
{
    [Theory]
    [InlineData(0, "O_RDONLY")]
    [InlineData(2, "O_RDWR")]
    [InlineData(0x80241, "O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC")]
    [InlineData(0x101002, "O_RDWR|O_SYNC")]
    [InlineData(0x1000, "O_RDONLY|O_DSYNC")]
    [InlineData(0x410002, "O_RDWR|O_TMPFILE")]
    [InlineData(0x10000, "O_RDONLY|O_DIRECTORY")]
    [InlineData(0x40000001, "O_WRONLY|0x40000000")]
    public void Flags_HaveTheWidestNames(ulong value, string text) => Assert.Equal(text, ConstantNames.OpenFlags.Format(value));

    [Theory]
    [InlineData(0x22, "MAP_PRIVATE|MAP_ANONYMOUS")]
    [InlineData(3, "MAP_SHARED_VALIDATE")]
    [InlineData(0x20, "MAP_ANONYMOUS")]
    public void Flags_WithAnExclusivePart(ulong value, string text) => Assert.Equal(text, ConstantNames.MapFlags.Format(value));

    [Theory]
    [InlineData(0, "PROT_NONE")]
    [InlineData(7, "PROT_READ|PROT_WRITE|PROT_EXEC")]
    public void Flags_OfAParametersEnum(ulong value, string text) => Assert.Equal(text, ConstantNames.Prot.Format(value));

    [Theory]
    [InlineData(1, "CLOCK_MONOTONIC")]
    [InlineData(77, "77")]
    [InlineData(0xfffffffffffffffaUL, "-6")]
    public void Values_AreNamedExactly(ulong value, string text) => Assert.Equal(text, ConstantNames.ClockId.Format(value));

    [Fact]
    public void Int_IgnoresTheUpperHalfOfTheRegister() => Assert.Equal("SEEK_END", ConstantNames.Seek.Format(0xdead_0000_0002UL));

    [Theory]
    [InlineData((int)Errno.ENOENT, "ENOENT")]
    [InlineData((int)Errno.ERESTARTSYS, "ERESTARTSYS")]
    public void Errors_HaveNames(int value, string text) => Assert.Equal(text, ConstantNames.Errors.Format((ulong)value));

    [Theory]
    [InlineData(0UL, "[]")]
    [InlineData(1UL << 1 | 1UL << 16, "[INT CHLD]")]
    [InlineData(~(1UL << 8 | 1UL << 18), "~[KILL STOP]")]
    public void SignalSets(ulong mask, string text) => Assert.Equal(text, SignalText.Set(mask));

    [Theory]
    [InlineData(0x0700, "{WIFEXITED(s) && WEXITSTATUS(s) == 7}")]
    [InlineData(9, "{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}")]
    [InlineData(0x137f, "{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}")]
    [InlineData(0xffff, "{WIFCONTINUED(s)}")]
    public void WaitStatus(int status, string text) => Assert.Equal(text, SignalText.WaitStatus(status));
}
