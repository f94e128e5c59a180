"""Tables of the platform: the life cycle of jobs, the outbox of events, idempotency keys."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One piece of background work; this row is the truth, the broker only a bell.

    A concrete job names its ``runner`` (dotted path of ``function(job, context)`` that does the
    work), its ``title`` and its page. States and who moves them: ``pulse.common.jobs``.
    """

    class Status(models.TextChoices):
        QUEUED = "QUEUED", "Queued"
        RUNNING = "RUNNING", "Running"
        SUCCEEDED = "SUCCEEDED", "Done"
        FAILED = "FAILED", "Failed"
        CANCELLED = "CANCELLED", "Cancelled"

    ACTIVE: ClassVar[tuple[str, ...]] = (Status.QUEUED, Status.RUNNING)
    MAX_ATTEMPTS: ClassVar[int] = 3
    runner: ClassVar[str] = ""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED, editable=False)
    progress = models.FloatField(default=0.0, editable=False)
    message = models.CharField(max_length=200, blank=True, editable=False)
    error_code = models.CharField(max_length=64, blank=True, editable=False)
    error_message = models.TextField(blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    cancel_requested = models.BooleanField(default=False, editable=False)
    fence = models.CharField(max_length=32, blank=True, editable=False)
    worker = models.CharField(max_length=120, blank=True, editable=False)
    cpu_need = models.FloatField(default=1.0, editable=False)
    memory_need_mb = models.FloatField(default=200.0, editable=False)
    request_key = models.UUIDField(editable=False)
    requested_at = models.DateTimeField(editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "request_key"], name="%(app_label)s_%(class)s_once_per_request"
            ),
            models.CheckConstraint(
                condition=Q(progress__gte=0.0) & Q(progress__lte=1.0),
                name="%(app_label)s_%(class)s_progress_in_unit",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "requested_at"], name="%(class)s_queue"),
            models.Index(fields=["owner", "-requested_at"], name="%(class)s_of_owner"),
        ]

    def get_absolute_url(self) -> str:
        """Page of the job."""
        raise NotImplementedError(f"{type(self).__name__} names no page")

    @classmethod
    def kind(cls) -> str:
        """Word that names this kind of job in URLs and messages."""
        return cls._meta.model_name or ""

    @property
    def title(self) -> str:
        """What the status centre calls this job."""
        return str(self)

    @property
    def status_label(self) -> str:
        """The state in words."""
        return str(self.Status(self.status).label)

    @property
    def is_active(self) -> bool:
        """Whether the job is queued or running."""
        return self.status in self.ACTIVE

    @property
    def can_retry(self) -> bool:
        """Whether a person may run the job again as it is."""
        return self.status in (self.Status.FAILED, self.Status.CANCELLED)

    @property
    def progress_percent(self) -> int:
        """Work done, in whole per cent."""
        return int(100 * self.progress)


class OutboxEvent(models.Model):
    """An event that must not be lost: a client that was away asks for what came after a number."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=64)
    payload = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "id"], name="outbox_of_owner")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class IdempotencyRecord(models.Model):
    """The answer to a request that carried an `Idempotency-Key`."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once_per_owner")
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.owner_id}"
