"""What files tell people."""

from akademe.kernel.notices import Notice

QUOTA_NEARLY_USED = Notice("files.quota_nearly_used", label="The room for files is nearly used up", link="/manage")
