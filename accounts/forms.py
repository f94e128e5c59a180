import zoneinfo
from typing import Any

from django import forms

from accounts.models import ApiKey, Profile


class ProfileForm(forms.ModelForm[Profile]):
    time_zone = forms.ChoiceField(help_text="All times on your pages are shown in this zone.")

    class Meta:
        model = Profile
        fields = ["time_zone", "theme", "palette", "density", "shortcuts_enabled"]
        help_texts = {
            "palette": "Colours of gains and losses.",
            "shortcuts_enabled": "Press ? to see them. Ctrl+K always works.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]


class ApiKeyForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="Where you will use it, such as “notebook”.")
    scopes = forms.MultipleChoiceField(
        choices=ApiKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[ApiKey.Scope.READ],
        help_text="Read looks; trade also changes: runs, uploads, later orders.",
    )
    expires_at = forms.DateTimeField(
        required=False,
        label="Expires",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text="Leave empty for a key that does not expire.",
    )
