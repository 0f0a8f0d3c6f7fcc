// The auxiliary vector.
#include "../support/exec.h"
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

// From the stack: the C library changes what getauxval(3) says about the processor.
static unsigned long value(char **envp, unsigned long type)
{
    while (*envp)
        envp++;
    for (unsigned long *aux = (unsigned long *)(envp + 1); aux[0]; aux += 2)
        if (aux[0] == type)
            return aux[1];
    return 0;
}

ROLE(look)
{
    extern char _start[];
    REQUIRE(value(envp, AT_PAGESZ) == 4096);
    REQUIRE(value(envp, AT_CLKTCK) == 100);
    REQUIRE(value(envp, AT_UID) == getuid());
    REQUIRE(value(envp, AT_EUID) == geteuid());
    REQUIRE(value(envp, AT_GID) == getgid());
    REQUIRE(value(envp, AT_EGID) == getegid());
    REQUIRE(value(envp, AT_SECURE) == 0);
    REQUIRE(value(envp, AT_FLAGS) == 0);
    REQUIRE(value(envp, AT_PHENT) == sizeof(ElfW(Phdr)));
    REQUIRE(value(envp, AT_ENTRY) == (unsigned long)_start);
    REQUIRE(!strcmp((char *)value(envp, AT_EXECFN), argv[2]));
    REQUIRE(!strcmp((char *)value(envp, AT_PLATFORM), "x86_64"));
    REQUIRE(value(envp, AT_RANDOM) != 0);
    REQUIRE(value(envp, AT_SYSINFO_EHDR) % 4096 == 0);
    REQUIRE(value(envp, AT_MINSIGSTKSZ) >= 1000);
    unsigned a, d;
    __asm__("cpuid" : "=a"(a), "=d"(d) : "0"(1) : "ebx", "ecx");
    REQUIRE(value(envp, AT_HWCAP) == d);
}

TEST(the_simple_entries)
{
    EXPECT_EQ(run_program(SELF, ARGV("p", "@look", SELF), environ), 0);
    copy_self("prog", 0755);
    EXPECT_EQ(run_program("./prog", ARGV("p", "@look", "./prog"), environ), 0);
}

TEST(the_ids_of_a_user)
{
    copy_self("prog", 0755);
    AS_USER(1000, 1001, EXPECT_EQ(run_program("prog", ARGV("p", "@look", "prog"), environ), 0));
}

ROLE(headers)
{
    // The headers in memory are those of the file.
    ElfW(Ehdr) ehdr;
    ElfW(Phdr) *phdr = (void *)getauxval(AT_PHDR), file[32];
    int fd = open(SELF, O_RDONLY);
    REQUIRE(read(fd, &ehdr, sizeof ehdr) == sizeof ehdr);
    REQUIRE(getauxval(AT_PHNUM) == ehdr.e_phnum);
    REQUIRE(pread(fd, file, ehdr.e_phnum * sizeof *file, (off_t)ehdr.e_phoff) > 0);
    REQUIRE(!memcmp(phdr, file, ehdr.e_phnum * sizeof *file));
    unsigned long bias = getauxval(AT_ENTRY) - ehdr.e_entry;
    REQUIRE(ehdr.e_type == ET_DYN || bias == 0);
    int interpreter = 0;
    for (int i = 0; i < ehdr.e_phnum; i++)
        interpreter |= file[i].p_type == PT_INTERP;
    REQUIRE(!getauxval(AT_BASE) == !interpreter);
}

TEST(the_program_headers_and_the_base_of_the_interpreter)
{
    EXPECT_EQ(run_program(SELF, ARGV("p", "@headers"), environ), 0);
}

ROLE(random)
{
    unsigned char *bytes = (unsigned char *)getauxval(AT_RANDOM);
    for (int i = 0; i < 16; i++)
        printf("%02x", bytes[i]);
    fflush(stdout);
}

TEST(the_random_bytes_differ_each_time)
{
    char first[64];
    strcpy(first, output_of(SELF, ARGV("p", "@random"), environ));
    EXPECT_EQ(strlen(first), 32);
    for (int i = 0; i < 5; i++)
        EXPECT_NE(strcmp(first, output_of(SELF, ARGV("p", "@random"), environ)), 0);
}

TEST(proc_shows_the_vector_that_lies_on_the_stack)
{
    unsigned long from_proc[128] = { 0 };
    ssize_t size = EXPECT_OK(read(EXPECT_OK(open("/proc/self/auxv", O_RDONLY)), from_proc, sizeof from_proc));
    EXPECT_EQ(size % 16, 0);
    EXPECT_GE(size, 16 * 15);
    int entries = 0;
    for (int i = 0; i < size / 8; i += 2) {
        if (from_proc[i] == AT_NULL)
            break;
        if (from_proc[i] != AT_HWCAP && from_proc[i] != AT_PLATFORM) // changed by the C library
            EXPECT_EQ(getauxval(from_proc[i]), from_proc[i + 1]);
        entries++;
    }
    EXPECT_GE(entries, 15);
    EXPECT_LT(entries, size / 16);
}

ROLE(layout)
{
    // Upwards: argc, argv, 0, envp, 0, auxv, ..., strings, name of the file, 8 bytes of zero.
    char **vector = argv;
    long count = *(long *)(vector - 1);
    REQUIRE(count == argc);
    REQUIRE((unsigned long)(vector - 1) % 16 == 0);
    REQUIRE(vector[argc] == 0);
    REQUIRE(vector + argc + 1 == envp);
    int n = 0;
    while (envp[n])
        n++;
    unsigned long *aux = (unsigned long *)(envp + n + 1);
    int pagesz = 0;
    for (; aux[0]; aux += 2)
        pagesz |= aux[0] == AT_PAGESZ && aux[1] == 4096;
    REQUIRE(pagesz);
    // The strings follow one another without a gap, arguments first.
    char *at = argv[0];
    REQUIRE((unsigned long)at > (unsigned long)aux);
    for (int i = 0; i < argc; i++) {
        REQUIRE(argv[i] == at);
        at += strlen(at) + 1;
    }
    for (int i = 0; i < n; i++) {
        REQUIRE(envp[i] == at);
        at += strlen(at) + 1;
    }
    REQUIRE((char *)getauxval(AT_EXECFN) == at);
    at += strlen(at) + 1;
    for (int i = 0; i < 8; i++)
        REQUIRE(at[i] == 0);
    REQUIRE((unsigned long)(at + 8) % 4096 == 0);
    char *random = (char *)getauxval(AT_RANDOM), *platform = (char *)getauxval(AT_PLATFORM);
    REQUIRE(random > (char *)aux && random < argv[0]);
    REQUIRE(platform > (char *)aux && platform < argv[0]);
}

TEST(the_layout_of_the_stack)
{
    EXPECT_EQ(run_program(SELF, ARGV("p", "@layout", "x", ""), environ), 0);
    EXPECT_EQ(run_program(SELF, ARGV("p", "@layout", "odd"), ARGV("A=1", "B=2")), 0);
    EXPECT_EQ(run_program(SELF, ARGV("p", "@layout"), ARGV(0)), 0);
}
