# What the engine does around the jobs, where it costs more than they do. The engine's version is pinned, and
# tests/workflow/test_engine.py tells when another one no longer follows.
import os
import shutil

from snakemake.persistence import PersistenceBase

# Asked whether a param changed, the engine imports pandas to look for tables among them; ours have none.
PersistenceBase._serialize_param = PersistenceBase._serialize_param_builtin


def link(source, target):
    """A second name for a file where the filesystem has such, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def keep_linked(persistence):
    """Let the engine keep what a job may change (``update``) by links: a copy of all figures is slower than most jobs.

    Jobs put new files in the place of old ones and never write into them, so the linked ones stay as they were.
    """
    copy = persistence.backup_output

    def backup_output(path):
        if path.is_dir():
            persistence.cleanup_backup(path)
            kept = persistence._get_backup_path(path)
            shutil.copytree(path, kept, copy_function=link)
        else:
            copy(path)

    persistence.backup_output = backup_output


onstart:
    keep_linked(workflow.persistence)
    if workflow.local_exec:
        # The limit of jobs a second is for queues of clusters. Here its timers would keep a core busy while jobs wait for
        # one, and the engine for a second after the last job.
        workflow.scheduler.job_rate_limiter = None
