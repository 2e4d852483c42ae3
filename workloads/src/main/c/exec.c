/* A program that executes another: the new image is recorded too. */
#define _GNU_SOURCE
#include "records.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char plugin_path[PATH_MAX];
char x86_64_path[PATH_MAX];
char aarch64_path[PATH_MAX];
char aarch64_prefix[PATH_MAX];

/* Gives the ELF machine of a file that an emulator can run, or EM_NONE. For a script, fills in its interpreter and argument. */
static unsigned recordable_machine(const char *path, char *interpreter, char *argument)
{
    unsigned char head[4096] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head - 1);
    if (fd >= 0) {
        close(fd);
    }
    interpreter[0] = argument[0] = 0;
    if (n < 4 || access(path, X_OK) < 0) {
        return EM_NONE;
    }
    if (head[0] == '#' && head[1] == '!') {
        char *text = (char *)head + 2;
        text[strcspn(text, "\n")] = 0;
        text += strspn(text, " \t");
        size_t word = strcspn(text, " \t");
        snprintf(interpreter, PATH_MAX, "%.*s", (int)word, text);
        text += word + strspn(text + word, " \t");
        size_t length = strlen(text);
        while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) {
            text[--length] = 0;
        }
        snprintf(argument, PATH_MAX, "%s", text);
        char inner[PATH_MAX], rest[PATH_MAX];
        unsigned machine = recordable_machine(interpreter, inner, rest);
        return inner[0] == 0 ? machine : EM_NONE;
    }
    if (n < 20 || memcmp(head, ELFMAG, SELFMAG) != 0 || head[EI_CLASS] != ELFCLASS64) {
        return EM_NONE;
    }
    unsigned machine = head[18] | head[19] << 8;
    bool has_emulator = (machine == EM_X86_64 && x86_64_path[0]) || (machine == EM_AARCH64 && aarch64_path[0]);
    return has_emulator ? machine : EM_NONE;
}

void exec_recorded(const char *path, char **argv, char **envp)
{
    char interpreter[PATH_MAX], argument[PATH_MAX], plugin[6 * PATH_MAX];
    size_t argc = 0, envc = 0, n = 0;
    if (is_detached()) {
        return;
    }
    unsigned machine = recordable_machine(path, interpreter, argument);
    if (machine == EM_NONE) {
        if (access(path, X_OK) == 0) {
            send_record(UNSEEN, 0, path, strlen(path), NULL, 0);
        }
        return;
    }
    while (argv && argv[argc]) {
        argc++;
    }
    while (envp && envp[envc]) {
        envc++;
    }
    char **all = calloc(argc + 16 + envc + 1, sizeof *all);
    if (all == NULL) {
        return;
    }
    /* QEMU turns the order of the variables round. */
    char **reversed = all + argc + 16;
    for (size_t i = 0; i < envc; i++) {
        reversed[i] = envp[envc - 1 - i];
    }
    snprintf(plugin, sizeof plugin, "%s,socket=%s,self=%s,x86_64=%s,aarch64=%s,prefix=%s,patience=%u,exec=1", plugin_path,
             socket_path, plugin_path, x86_64_path, aarch64_path, aarch64_prefix, patience_seconds);
    all[n++] = machine == EM_AARCH64 ? aarch64_path : x86_64_path;
    if (machine == EM_AARCH64 && aarch64_prefix[0]) {
        all[n++] = "-L";
        all[n++] = aarch64_prefix;
    }
    all[n++] = "-cpu";
    all[n++] = "max";
    all[n++] = "-plugin";
    all[n++] = plugin;
    if (interpreter[0]) {
        all[n++] = interpreter;
        if (argument[0]) {
            all[n++] = argument;
        }
        all[n++] = (char *)path;
    } else {
        all[n++] = "-0";
        all[n++] = argc > 0 ? argv[0] : (char *)path;
        all[n++] = (char *)path;
    }
    for (size_t i = 1; i < argc; i++) {
        all[n++] = argv[i];
    }
    send_record(EXEC, 0, path, strlen(path), NULL, 0);
    execve(all[0], all, reversed);
    free(all);
}
