/* For wheels with a static libarchive. The tar writer needs one function of the object file that
   also names every other writer, xar with its XML library among them; with this one in its place
   none of them is linked. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

void __archive_write_entry_filetype_unsupported(struct archive* to, struct archive_entry* entry,
                                                const char* format);

void __archive_write_entry_filetype_unsupported(struct archive* to, struct archive_entry* entry,
                                                const char* format) {
    archive_set_error(to, EINVAL, "%s: %s holds no files of this type",
                      archive_entry_pathname(entry), format);
}
