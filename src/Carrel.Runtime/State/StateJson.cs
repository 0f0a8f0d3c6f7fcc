using System.Text.Json;
using System.Text.Json.Serialization;

namespace Carrel.Runtime;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Container))]
internal sealed partial class StateJson : JsonSerializerContext;
