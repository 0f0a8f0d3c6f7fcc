using System;

namespace Carrel.Oci;

/// <summary>A document of the specification that cannot be used. The message names the file or the field, and what is wrong with it.</summary>
public sealed class OciException(string message) : Exception(message);
