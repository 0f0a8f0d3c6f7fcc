// Makes a filter with libseccomp as runc does. Standard input, a line each: `default ACTION`, `arch TOKEN`, `rule ACTION NAME N {INDEX OP VALUE SECOND}...`;
// numbers are decimal. The filter goes to standard output, names that the library does not know to standard error.
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>

int main(void)
{
    static char word[64], name[128];
    scmp_filter_ctx filter = NULL;
    int rules = 0, failed = 0;
    while (scanf("%63s", word) == 1) {
        uint32_t action;
        if (scanf("%u", &action) != 1)
            return 2;
        if (!strcmp(word, "default")) {
            filter = seccomp_init(action);
        } else if (!strcmp(word, "arch")) {
            int result = seccomp_arch_add(filter, action);
            if (result != 0 && result != -EEXIST)
                return 3;
        } else {
            unsigned count;
            struct scmp_arg_cmp conditions[6];
            if (scanf("%127s %u", name, &count) != 2 || count > 6)
                return 2;
            for (unsigned i = 0; i < count; i++) {
                unsigned index, op;
                uint64_t value, second;
                if (scanf("%u %u %lu %lu", &index, &op, &value, &second) != 4)
                    return 2;
                conditions[i] = (struct scmp_arg_cmp){ index, op, value, second };
            }
            int number = seccomp_syscall_resolve_name(name);
            if (number == __NR_SCMP_ERROR) {
                fprintf(stderr, "%s\n", name);
                continue;
            }
            rules++;
            // Rules that say nothing new are answered with EEXIST by some versions.
            int result = seccomp_rule_add_array(filter, action, number, count, conditions);
            if (result != 0 && result != -EEXIST)
                failed++;
        }
    }
    if (rules > 32)
        seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (failed != 0 || seccomp_export_bpf(filter, STDOUT_FILENO) != 0)
        return 4;
    return 0;
}
