// The virtual shared object: found by AT_SYSINFO_EHDR, used without a library.
#include "../harness.h"
#include <elf.h>
#include <sys/auxv.h>
#include <sys/time.h>

static void *find(const char *wanted, int *symbols)
{
    Elf64_Ehdr *ehdr = (void *)getauxval(AT_SYSINFO_EHDR);
    if (!ehdr)
        SKIP("no vdso");
    EXPECT_MEMEQ(ehdr->e_ident, ELFMAG, SELFMAG);
    EXPECT_EQ(ehdr->e_type, ET_DYN);
    EXPECT_EQ(ehdr->e_machine, EM_X86_64);
    Elf64_Phdr *phdr = (void *)((char *)ehdr + ehdr->e_phoff);
    Elf64_Dyn *dynamic = 0;
    unsigned long bias = 0;
    for (int i = 0; i < ehdr->e_phnum; i++) {
        if (phdr[i].p_type == PT_LOAD)
            bias = (unsigned long)ehdr + phdr[i].p_offset - phdr[i].p_vaddr;
        if (phdr[i].p_type == PT_DYNAMIC)
            dynamic = (void *)((char *)ehdr + phdr[i].p_offset);
    }
    EXPECT_TRUE(dynamic);
    const char *strings = 0;
    Elf64_Sym *table = 0;
    unsigned *hash = 0, *gnu_hash = 0;
    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_STRTAB)
            strings = (char *)(dynamic->d_un.d_ptr + bias);
        if (dynamic->d_tag == DT_SYMTAB)
            table = (void *)(dynamic->d_un.d_ptr + bias);
        if (dynamic->d_tag == DT_HASH)
            hash = (void *)(dynamic->d_un.d_ptr + bias);
        if (dynamic->d_tag == DT_GNU_HASH)
            gnu_hash = (void *)(dynamic->d_un.d_ptr + bias);
    }
    EXPECT_TRUE(strings && table);
    unsigned count = 0;
    if (hash) {
        count = hash[1];
    } else {
        // The GNU table does not say how many: the last chain ends with an odd value.
        EXPECT_TRUE(gnu_hash);
        unsigned *buckets = gnu_hash + 4 + gnu_hash[2] * 2, *chains = buckets + gnu_hash[0];
        for (unsigned i = 0; i < gnu_hash[0]; i++)
            if (buckets[i] > count)
                count = buckets[i];
        while (!(chains[count - gnu_hash[1]] & 1))
            count++;
        count++;
    }
    *symbols = (int)count;
    for (unsigned i = 0; i < count; i++)
        if (table[i].st_value && !strcmp(strings + table[i].st_name, wanted))
            return (void *)(table[i].st_value + bias);
    return 0;
}

static long ns(struct timespec t)
{
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

TEST(it_has_the_usual_functions)
{
    static const char *names[] = { "__vdso_clock_gettime", "__vdso_gettimeofday", "__vdso_time", "__vdso_getcpu",
                                   "__vdso_clock_getres", "clock_gettime", "gettimeofday", "time", "getcpu" };
    int symbols;
    for (int i = 0; i < 9; i++)
        EXPECT_TRUE(find(names[i], &symbols));
    EXPECT_FALSE(find("no such function", &symbols));
    EXPECT_GE(symbols, 9);
}

TEST(clock_gettime_agrees_with_the_system_call)
{
    int symbols;
    int (*vdso)(int, struct timespec *) = find("__vdso_clock_gettime", &symbols);
    static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW, CLOCK_TAI,
                                  CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 200; j++) {
            struct timespec a, b, c;
            EXPECT_OK(syscall(SYS_clock_gettime, clocks[i], &a));
            EXPECT_EQ(vdso(clocks[i], &b), 0);
            EXPECT_OK(syscall(SYS_clock_gettime, clocks[i], &c));
            EXPECT_LE(ns(a), ns(b));
            EXPECT_LE(ns(b), ns(c));
        }
    struct timespec t;
    EXPECT_EQ(vdso(1000, &t), -EINVAL);
}

TEST(the_other_functions_agree_too)
{
    int symbols;
    int (*vgettimeofday)(struct timeval *, void *) = find("__vdso_gettimeofday", &symbols);
    long (*vtime)(long *) = find("__vdso_time", &symbols);
    int (*vgetcpu)(unsigned *, unsigned *, void *) = find("__vdso_getcpu", &symbols);
    int (*vgetres)(int, struct timespec *) = find("__vdso_clock_getres", &symbols);
    struct timeval v;
    struct timespec t;
    unsigned cpu = -1, node = -1;
    long stored;
    EXPECT_EQ(vgettimeofday(&v, 0), 0);
    EXPECT_LE(labs(v.tv_sec - time(0)), 1);
    EXPECT_LE(labs(vtime(&stored) - time(0)), 1);
    EXPECT_LE(labs(stored - time(0)), 1);
    EXPECT_EQ(vgetcpu(&cpu, &node, 0), 0);
    EXPECT_LT(cpu, 4096);
    EXPECT_EQ(vgetres(CLOCK_MONOTONIC, &t), 0);
    EXPECT_EQ(ns(t), 1);
}

TEST(a_child_can_use_it)
{
    int symbols;
    int (*vdso)(int, struct timespec *) = find("__vdso_clock_gettime", &symbols);
    struct timespec before, t;
    EXPECT_EQ(vdso(CLOCK_MONOTONIC, &before), 0);
    IN_CHILD(EXPECT_EQ(vdso(CLOCK_MONOTONIC, &t), 0); EXPECT_GE(ns(t), ns(before)));
}

TEST(its_image_can_be_given_to_a_system_call)
{
    char *image = (char *)getauxval(AT_SYSINFO_EHDR);
    int fds[2];
    char bytes[SELFMAG];
    EXPECT_OK(pipe2(fds, O_CLOEXEC));
    EXPECT_EQ(write(fds[1], image, SELFMAG), SELFMAG);
    EXPECT_EQ(read(fds[0], bytes, SELFMAG), SELFMAG);
    EXPECT_MEMEQ(bytes, ELFMAG, SELFMAG);
    int fd = EXPECT_OK(open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(pread(fd, bytes, SELFMAG, (off_t)image), SELFMAG);
    EXPECT_MEMEQ(bytes, ELFMAG, SELFMAG);
}
