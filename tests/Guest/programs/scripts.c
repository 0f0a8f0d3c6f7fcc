// #! scripts.
#include "../support/exec.h"
#include "../support/task.h"

// Each argument in brackets.
ROLE(arguments)
{
    for (int i = 0; i < argc; i++)
        printf("[%s]", argv[i]);
    fflush(stdout);
}

static char *script_says(const char *text)
{
    copy_self("prog", 0755);
    WRITE_TEXT("script", text, 0755);
    return output_of("./script", ARGV("zero", "one", "two"), environ);
}

TEST(the_interpreter_gets_its_name_the_argument_the_path_and_the_rest)
{
    EXPECT_STREQ(script_says("#!./prog @arguments\n"), "[./prog][@arguments][./script][one][two]");
}

TEST(the_argument_is_one_whatever_is_in_it)
{
    setenv("ROLE", "arguments", 1);
    EXPECT_STREQ(script_says("#!./prog  a  b \t c \t \nrest\n"), "[./prog][a  b \t c][./script][one][two]");
}

TEST(without_an_argument_there_is_none)
{
    setenv("ROLE", "arguments", 1);
    EXPECT_STREQ(script_says("#!./prog\n"), "[./prog][./script][one][two]");
    EXPECT_STREQ(script_says("#!./prog   \n"), "[./prog][./script][one][two]");
    EXPECT_STREQ(script_says("#! \t ./prog\t\n"), "[./prog][./script][one][two]");
}

TEST(a_last_line_needs_no_newline)
{
    setenv("ROLE", "arguments", 1);
    EXPECT_STREQ(script_says("#!./prog"), "[./prog][./script][one][two]");
    EXPECT_STREQ(script_says("#!./prog x"), "[./prog][x][./script][one][two]");
}

TEST(no_arguments_at_all_still_name_the_script)
{
    copy_self("prog", 0755);
    WRITE_TEXT("script", "#!./prog\n", 0755);
    setenv("ROLE", "arguments", 1);
    EXPECT_STREQ(output_of("./script", (char *[]){ 0 }, environ), "[./prog][./script]");
}

TEST(a_line_without_an_interpreter_is_ENOEXEC)
{
    // Without even a newline the interpreter is the empty path, which the kernel finds to be the working directory.
    WRITE_TEXT("script", "#!", 0755);
    EXPECT_REFUSED("script", EACCES);
    WRITE_TEXT("script", "#!\n", 0755);
    EXPECT_REFUSED("script", ENOEXEC);
    WRITE_TEXT("script", "#!  \t \n/bin/sh", 0755);
    EXPECT_REFUSED("script", ENOEXEC);
}

TEST(a_bad_interpreter_is_refused)
{
    WRITE_TEXT("script", "#!/no/such/interpreter\n", 0755);
    EXPECT_REFUSED("script", ENOENT);
    WRITE_TEXT("script", "#!.\n", 0755);
    EXPECT_REFUSED("script", EACCES);
    WRITE_TEXT("text", "no program", 0755);
    WRITE_TEXT("script", "#!./text\n", 0755);
    EXPECT_REFUSED("script", ENOEXEC);
    EXPECT_OK(chmod("text", 0644));
    EXPECT_REFUSED("script", EACCES);
    copy_self("prog", 0755);
    WRITE_TEXT("script", "#!./prog\r\n", 0755);
    EXPECT_REFUSED("script", ENOENT);
}

TEST(a_script_without_x_is_EACCES)
{
    WRITE_TEXT("script", "#!./prog\n", 0644);
    EXPECT_REFUSED("script", EACCES);
}

TEST(interpreters_may_be_scripts_five_deep)
{
    char name[8] = "s0", text[64];
    copy_self("prog", 0755);
    WRITE_TEXT("s0", "#!./prog @arguments\n", 0755);
    for (int i = 1; i < 6; i++) {
        snprintf(text, sizeof text, "#!./s%d %d\n", i - 1, i);
        name[1] = (char)('0' + i);
        WRITE_TEXT(name, text, 0755);
    }
    EXPECT_STREQ(output_of("./s2", ARGV("x", "end"), environ), "[./prog][@arguments][./s0][1][./s1][2][./s2][end]");
    EXPECT_STREQ(output_of("./s4", ARGV("x", "end"), environ),
                 "[./prog][@arguments][./s0][1][./s1][2][./s2][3][./s3][4][./s4][end]");
    EXPECT_REFUSED("./s5", ELOOP);
}

TEST(a_script_that_is_its_own_interpreter_is_ELOOP)
{
    WRITE_TEXT("script", "#!./script\n", 0755);
    EXPECT_REFUSED("./script", ELOOP);
}

TEST(a_line_is_read_up_to_256_bytes)
{
    static char text[600];
    setenv("ROLE", "arguments", 1);
    // A long argument is cut.
    memset(text, 'a', 500);
    memcpy(text, "#!./prog ", 9);
    text[500] = '\n';
    char *out = script_says(text);
    EXPECT_EQ(strncmp(out, "[./prog][aaa", 12), 0);
    EXPECT_EQ(strchr(out + 9, ']') - (out + 9), 255 - 9);
    // A long interpreter is no interpreter.
    memset(text + 2, '/', 498);
    memcpy(text + 490, "./prog", 6);
    WRITE_TEXT("script", text, 0755);
    EXPECT_REFUSED("./script", ENOEXEC);
    // One that just fits is.
    memset(text + 2, 0, sizeof text - 2);
    strcpy(text, "#!.");
    memset(text + 3, '/', 240);
    strcpy(text + 243, "prog\n");
    EXPECT_EQ(strncmp(script_says(text), "[.////", 6), 0);
    // And one whose end only the last byte shows.
    memset(text + 3, '/', 248);
    strcpy(text + 251, "prog");
    EXPECT_EQ(strncmp(script_says(text), "[.////", 6), 0);
    strcpy(text + 251, "prog @arguments\n");
    EXPECT_EQ(strncmp(script_says(text), "[.////", 6), 0);
}

ROLE(names)
{
    char comm[64] = "", exe[300] = "";
    REQUIRE(read(open("/proc/self/comm", O_RDONLY), comm, 63) > 0);
    REQUIRE(readlink("/proc/self/exe", exe, 299) > 0);
    printf("%s%s", comm, strrchr(exe, '/') + 1);
    fflush(stdout);
}

TEST(the_command_name_is_the_scripts_and_the_executable_is_the_interpreter)
{
    EXPECT_STREQ(script_says("#!./prog @names\n"), "script\nprog");
}

TEST(an_unreadable_script_is_handed_to_its_interpreter)
{
    NEED_ROOT();
    copy_self("prog", 0755);
    WRITE_TEXT("script", "#!./prog @arguments\n", 0711);
    AS_USER(1000, 1000,
            EXPECT_STREQ(output_of("./script", ARGV("x", "y"), environ), "[./prog][@arguments][./script][y]"));
}

TEST(bytes_after_a_nul_in_the_line_do_not_count)
{
    copy_self("prog", 0755);
    static const char text[] = "#!./prog @arguments\0more\n";
    write_file("script", text, sizeof text - 1, 0755);
    EXPECT_STREQ(output_of("./script", ARGV("x"), environ), "[./prog][@arguments][./script]");
}
