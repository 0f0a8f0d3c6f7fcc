using System;
using System.Globalization;
using System.Text;

namespace Carrel.Runtime;

/// <summary>Writes a JSON object. Utf8JsonWriter first makes a table of all characters there are, which takes longer than our records.</summary>
internal sealed class JsonText
{
    private readonly StringBuilder _text = new("{", 1024);

    internal void Begin(string name)
    {
        Name(name);
        _text.Append('{');
    }

    internal void End() => _text.Append('}');

    internal void Add(string name, string value)
    {
        Name(name);
        Quote(value);
    }

    internal void Add(string name, ulong value)
    {
        Name(name);
        _text.Append(value);
    }

    internal void Add(string name, bool value)
    {
        Name(name);
        _text.Append(value ? "true" : "false");
    }

    /// <summary>The object, ended.</summary>
    internal byte[] ToBytes()
    {
        End();
        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    private void Name(string name)
    {
        if (_text[^1] != '{')
        {
            _text.Append(',');
        }

        Quote(name);
        _text.Append(':');
    }

    private void Quote(string text)
    {
        _text.Append('"');
        foreach (char c in text)
        {
            if (c < ' ')
            {
                _text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                _text.Append(c is '"' or '\\' ? "\\" : "").Append(c);
            }
        }

        _text.Append('"');
    }
}
