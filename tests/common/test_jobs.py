from datetime import timedelta
from math import nan

import psutil
import pytest
from django.utils import timezone

from accounts.models import User
from backtests.models import BacktestRun
from pulse.common import jobs
from pulse.common.models import OutboxEvent
from tests.factories.runs import NOW, make_run, running

Status = BacktestRun.Status


@pytest.fixture
def work(monkeypatch):
    def of(name: str) -> None:
        monkeypatch.setattr(BacktestRun, "runner", f"tests.factories.work.{name}")

    of("succeed")
    return of


def again(run: BacktestRun) -> BacktestRun:
    run.refresh_from_db()
    return run


# --- claim, fence --------------------------------------------------------------------------------


def test_claim_twice_gives_job_once(user: User) -> None:
    run = make_run(user)
    same = BacktestRun.objects.get(pk=run.pk)

    assert [jobs.claim(run, now=NOW), jobs.claim(same, now=NOW)] == [True, False]
    assert again(run).attempts == 1


def test_finish_by_worker_that_lost_the_job_changes_nothing(user: User, work) -> None:
    work("lose_the_job")
    run = make_run(user)

    assert jobs.run_next()

    assert again(run).status == Status.RUNNING
    assert run.finished_at is None


def test_progress_of_worker_that_lost_the_job_is_not_stored(user: User) -> None:
    run = running(make_run(user))
    BacktestRun.objects.filter(pk=run.pk).update(fence="another worker's")

    jobs.JobContext(run).progress(0.7, "Too late")

    assert again(run).progress == 0.0


# --- outcomes ------------------------------------------------------------------------------------


def test_run_next_with_work_done_succeeds(user: User, work) -> None:
    run = make_run(user)

    assert jobs.run_next()

    assert (again(run).status, run.progress, run.message) == (Status.SUCCEEDED, 1.0, "")
    assert run.finished_at is not None


def test_run_next_without_jobs_does_nothing(db: None) -> None:
    assert jobs.run_next() is False


def test_run_next_with_refusal_keeps_its_code_and_sentence(user: User, work) -> None:
    work("refuse")
    run = make_run(user)

    jobs.run_next()

    assert (again(run).status, run.error_code) == (Status.FAILED, "out_of_paper")
    assert run.error_message == "There is no paper left. Add some."


def test_run_next_with_bug_tells_no_traceback(user: User, work) -> None:
    work("break_down")
    run = make_run(user)

    jobs.run_next()

    assert (again(run).status, run.error_code) == (Status.FAILED, "internal")
    assert run.error_message == f"Something broke while this ran. Quote job backtestrun {run.pk}."


def test_run_next_with_runner_that_is_gone_fails(user: User, work) -> None:
    work("no_such_function")
    run = make_run(user)

    jobs.run_next()

    assert (again(run).status, run.error_code) == (Status.FAILED, "internal")


# --- progress ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "stored"),
    [(-0.5, 0.0), (0.25, 0.25), (1.5, 1.0), pytest.param(nan, 0.0, id="not a number")],
)
def test_progress_is_kept_within_the_unit(user: User, told: float, stored: float) -> None:
    run = running(make_run(user))

    jobs.JobContext(run).progress(told, "m" * 300)

    assert (again(run).progress, len(run.message)) == (stored, 200)


def test_progress_is_not_stored_as_event(user: User) -> None:
    run = running(make_run(user))

    jobs.JobContext(run).progress(0.5)

    assert OutboxEvent.objects.count() == 0


def test_progress_told_twice_at_once_is_pushed_once(
    user: User, django_capture_on_commit_callbacks
) -> None:
    context = jobs.JobContext(running(make_run(user)))

    with django_capture_on_commit_callbacks() as pushed:
        context.progress(0.1)
        context.progress(0.2)

    assert len(pushed) == 1


# --- cancel, retry -------------------------------------------------------------------------------


def test_cancel_of_queued_job_stops_it_at_once(user: User) -> None:
    run = make_run(user)

    jobs.request_cancel(run, now=NOW)

    assert (again(run).status, run.finished_at) == (Status.CANCELLED, NOW)
    assert jobs.run_next() is False


def test_cancel_of_running_job_stops_it_at_its_next_step(user: User) -> None:
    run = running(make_run(user))
    context = jobs.JobContext(run)
    with jobs.beating(run, context):
        jobs.request_cancel(BacktestRun.objects.get(pk=run.pk), now=NOW)

        with pytest.raises(jobs.Cancelled):
            context.progress(0.5)

    assert (again(run).status, run.cancel_requested) == (Status.RUNNING, True)


def test_run_next_of_job_told_to_stop_ends_as_cancelled(user: User, work) -> None:
    work("be_asked_to_stop")
    run = make_run(user)

    jobs.run_next()

    assert (again(run).status, run.error_code) == (Status.CANCELLED, "")


def test_cancel_of_ended_job_is_refused(user: User) -> None:
    run = make_run(user, status=Status.SUCCEEDED)

    with pytest.raises(jobs.JobIsOver):
        jobs.request_cancel(run, now=NOW)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_retry_of_ended_job_queues_it_as_new(user: User, status: str) -> None:
    run = make_run(user, status=status, attempts=3, error_code="internal", cancel_requested=True)
    later = NOW + timedelta(hours=1)

    jobs.request_retry(run, now=later)

    assert (again(run).status, run.attempts, run.error_code) == (Status.QUEUED, 0, "")
    assert (run.cancel_requested, run.requested_at) == (False, later)


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.SUCCEEDED])
def test_retry_of_job_not_failed_is_refused(user: User, status: str) -> None:
    with pytest.raises(jobs.JobIsActive):
        jobs.request_retry(make_run(user, status=status), now=NOW)


# --- sweep ---------------------------------------------------------------------------------------

ELSEWHERE = "another-host:1:0.00"


def test_sweep_leaves_job_that_beats(user: User) -> None:
    run = running(make_run(user))

    assert jobs.sweep(now=NOW + jobs.SILENT_AFTER) == 0
    assert again(run).status == Status.RUNNING


def test_sweep_queues_job_of_silent_worker_again(user: User) -> None:
    run = running(make_run(user))

    assert jobs.sweep(now=NOW + jobs.SILENT_AFTER + timedelta(seconds=1)) == 1
    assert (again(run).status, run.attempts, run.fence) == (Status.QUEUED, 1, "")


def test_sweep_after_the_last_attempt_fails_job_as_interrupted(user: User) -> None:
    run = running(make_run(user), attempts=BacktestRun.MAX_ATTEMPTS)

    jobs.sweep(now=NOW + timedelta(minutes=1))

    assert (again(run).status, run.error_code) == (Status.FAILED, "interrupted")
    assert run.can_retry


def test_sweep_takes_job_of_dead_process_here_at_once(user: User) -> None:
    host, _, born = jobs.worker_name().split(":")
    dead = next(pid for pid in range(4_000_000, 5_000_000) if not psutil.pid_exists(pid))
    run = running(make_run(user), worker=f"{host}:{dead}:{born}")

    assert jobs.sweep(now=NOW) == 1
    assert again(run).status == Status.QUEUED


def test_sweep_takes_job_of_pid_that_was_given_away(user: User) -> None:
    host, pid, _ = jobs.worker_name().split(":")
    running(make_run(user), worker=f"{host}:{pid}:1.00")

    assert jobs.sweep(now=NOW) == 1


@pytest.mark.parametrize(("seconds", "taken"), [(0, 0), (30, 0), (31, 1)])
def test_sweep_judges_other_host_by_silence_only(user: User, seconds: int, taken: int) -> None:
    running(make_run(user), worker=ELSEWHERE)

    assert jobs.sweep(now=NOW + timedelta(seconds=seconds)) == taken


def test_sweep_of_silent_job_that_should_stop_cancels_it(user: User) -> None:
    run = running(make_run(user), cancel_requested=True)

    jobs.sweep(now=NOW + timedelta(minutes=1))

    assert again(run).status == Status.CANCELLED


# --- order, admission ----------------------------------------------------------------------------


def test_candidates_favour_user_with_fewer_running_jobs_then_the_oldest(
    user: User, other_user: User
) -> None:
    running(make_run(user))
    mine = make_run(user, asked_after=1)
    later = make_run(other_user, asked_after=3)
    sooner = make_run(other_user, asked_after=2)

    assert list(jobs.candidates()) == [sooner, later, mine]


@pytest.mark.parametrize("needs", [{"cpu_need": 1e6}, {"memory_need_mb": 1e9}])
def test_run_next_without_room_leaves_job_queued(user: User, work, needs: dict) -> None:
    running(make_run(user))
    run = make_run(user, **needs)

    assert jobs.run_next() is False
    assert again(run).status == Status.QUEUED


def test_run_next_of_huge_job_alone_on_the_machine_starts_it(user: User, work) -> None:
    run = make_run(user, cpu_need=1e6, memory_need_mb=1e9)
    running(make_run(user), worker=ELSEWHERE, heartbeat_at=timezone.now())

    assert jobs.run_next()
    assert again(run).status == Status.SUCCEEDED


# --- what the owner is told ----------------------------------------------------------------------


def test_run_next_tells_owner_start_and_end(user: User, other_user: User, work) -> None:
    make_run(user)

    jobs.run_next()

    told = OutboxEvent.objects.order_by("pk").values_list("owner", "kind", "payload__status")
    assert list(told) == [
        (user.pk, "job.changed", "RUNNING"),
        (user.pk, "job.changed", "SUCCEEDED"),
    ]


def test_queue_pushes_and_rings_after_commit_only(
    user: User, django_capture_on_commit_callbacks
) -> None:
    run = make_run(user)

    with django_capture_on_commit_callbacks() as after_commit:
        jobs.queue(run)

    assert len(after_commit) == 2


def test_latest_jobs_puts_active_ones_first(user: User, other_user: User) -> None:
    waiting = make_run(user)
    done = make_run(user, asked_after=9, status=Status.SUCCEEDED)
    make_run(other_user)

    assert jobs.latest_jobs_of(user.pk) == [waiting, done]
    assert jobs.n_active_jobs_of(user.pk) == 1
