// Arguments and environment, and how much of them fits.
#include "../support/exec.h"
#include "../support/mem.h"
#include <sys/resource.h>

ROLE(show)
{
    printf("%d", argc);
    for (int i = 0; i < argc; i++)
        printf("[%s]", argv[i]);
    for (int i = 0; envp[i]; i++)
        printf("{%s}", envp[i]);
    fflush(stdout);
}

TEST(arguments_and_environment_arrive_in_order)
{
    EXPECT_STREQ(output_of(SELF, ARGV("zero", "@show", "a b", "", "\xff\x01"), ARGV("X=1", "no equals", "", "X=2")),
                 "5[zero][@show][a b][][\xff\x01]{X=1}{no equals}{}{X=2}");
}

TEST(the_name_of_the_program_is_what_the_caller_says)
{
    EXPECT_STREQ(output_of(SELF, ARGV("", "@show"), ARGV(0)), "2[][@show]");
}

TEST(an_empty_vector_becomes_one_empty_argument)
{
    // Since Linux 5.18: too many programs believed in argv[0].
    EXPECT_STREQ(output_of(SELF, (char *[]){ 0 }, ARGV("ROLE=show")), "1[]{ROLE=show}");
    EXPECT_STREQ(output_of(SELF, 0, ARGV("ROLE=show")), "1[]{ROLE=show}");
}

TEST(a_missing_environment_is_empty)
{
    EXPECT_STREQ(output_of(SELF, ARGV("p", "@show"), 0), "2[p][@show]");
}

ROLE(count)
{
    long sum = 0;
    int n = 0;
    for (; envp[n]; n++)
        sum += (long)strlen(envp[n]);
    printf("%d %d %ld", argc, n, sum);
    fflush(stdout);
}

TEST(ten_thousand_arguments)
{
    static char *argv[10003];
    argv[0] = "p";
    argv[1] = "@count";
    for (int i = 2; i < 10002; i++)
        argv[i] = "argument";
    EXPECT_STREQ(output_of(SELF, argv, ARGV(0)), "10002 0 0");
}

static char *string_of(size_t length)
{
    char *text = malloc(length + 1);
    memset(text, 's', length);
    text[length] = 0;
    return text;
}

TEST(one_string_may_have_128_kilobytes)
{
    EXPECT_STREQ(output_of(SELF, ARGV("p", "@count", string_of(131071)), ARGV(string_of(131071))), "3 1 131071");
    EXPECT_EQ(run_program(SELF, ARGV("p", "@count", string_of(131072)), environ), -E2BIG);
    EXPECT_EQ(run_program(SELF, ARGV("p", "@count"), ARGV(string_of(131072))), -E2BIG);
}

static char *const *environment_of(size_t total)
{
    static char *envp[100];
    size_t count = 0;
    while (total > 0) {
        size_t part = total > 131072 ? 131072 : total;
        envp[count++] = string_of(part - 1);
        total -= part;
    }
    envp[count] = 0;
    return envp;
}

TEST(all_strings_together_may_have_a_quarter_of_the_stack)
{
    struct rlimit limit = { 8 << 20, RLIM_INFINITY };
    EXPECT_OK(setrlimit(RLIMIT_STACK, &limit));
    EXPECT_STREQ(output_of(SELF, ARGV("p", "@count"), environment_of(15 * 131072)), "2 15 1966065");
    EXPECT_EQ(run_program(SELF, ARGV("p", "@count"), environment_of(17 * 131072)), -E2BIG);
}

TEST(a_small_stack_leaves_128_kilobytes_all_the_same)
{
    struct rlimit limit = { 256 << 10, RLIM_INFINITY };
    EXPECT_OK(setrlimit(RLIMIT_STACK, &limit));
    EXPECT_STREQ(output_of(SELF, ARGV("p", "@count"), environment_of(120 << 10)), "2 1 122879");
    EXPECT_EQ(run_program(SELF, ARGV("p", "@count"), environment_of(136 << 10)), -E2BIG);
}

TEST(a_large_stack_stops_at_six_megabytes)
{
    struct rlimit limit = { 64 << 20, RLIM_INFINITY };
    EXPECT_OK(setrlimit(RLIMIT_STACK, &limit));
    EXPECT_STREQ(output_of(SELF, ARGV("p", "@count"), environment_of(47 * 131072)), "2 47 6160337");
    EXPECT_EQ(run_program(SELF, ARGV("p", "@count"), environment_of(49 * 131072)), -E2BIG);
}

TEST(pointers_count_too)
{
    struct rlimit limit = { 8 << 20, RLIM_INFINITY };
    EXPECT_OK(setrlimit(RLIMIT_STACK, &limit));
    static char *envp[300001];
    for (int i = 0; i < 300000; i++)
        envp[i] = "";
    // 300000 bytes of strings, but 2.4 megabytes of pointers.
    EXPECT_EQ(run_program(SELF, ARGV("p", "@count"), envp), -E2BIG);
    envp[200000] = 0;
    EXPECT_STREQ(output_of(SELF, ARGV("p", "@count"), envp), "2 200000 0");
}

TEST(arguments_are_shown_in_proc)
{
    char text[256] = "";
    int fd = EXPECT_OK(open("/proc/self/cmdline", O_RDONLY));
    EXPECT_GT(read(fd, text, 255), 0);
    extern char *program_invocation_name;
    EXPECT_STREQ(text, program_invocation_name);
}

ROLE(change_arguments)
{
    char text[256] = "";
    strcpy(argv[2], "XYZ");
    REQUIRE(read(open("/proc/self/cmdline", O_RDONLY), text, 255) > 0);
    REQUIRE(!memcmp(text, "p\0@change_arguments\0XYZ\0d", 26));
    memset(text, 0, sizeof text);
    REQUIRE(read(open("/proc/self/environ", O_RDONLY), text, 255) == 8);
    REQUIRE(!memcmp(text, "A=1\0B=2", 8));
}

TEST(changed_arguments_are_shown_changed)
{
    EXPECT_EQ(run_program(SELF, ARGV("p", "@change_arguments", "abc", "d"), ARGV("A=1", "B=2")), 0);
}

TEST(strings_may_lie_at_the_end_of_a_page)
{
    char *guard = pages_before_guard(1);
    memcpy(guard - 6, "@show", 6);
    EXPECT_STREQ(output_of(SELF, ARGV("p", guard - 6), ARGV(0)), "2[p][@show]");
}

TEST(a_chain_of_executions_keeps_the_environment)
{
    setenv("DEPTH", "20", 1);
    EXPECT_EQ(run_program(SELF, ARGV("p", "@again"), environ), 0);
}

ROLE(again)
{
    int depth = atoi(getenv("DEPTH"));
    if (depth == 0)
        _exit(0);
    char text[16];
    snprintf(text, sizeof text, "%d", depth - 1);
    setenv("DEPTH", text, 1);
    execl(SELF, "p", "@again", (char *)0);
    _exit(1);
}
