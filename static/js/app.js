// Behaviour of the frame; every page loads it. Charts and pages bring their own modules.
import "./forms.js";
import "./live.js";
import "./overlays.js";
import "./shortcuts.js";
import "./tabs.js";
import "./theme.js";
import "./tips.js";
import "./toasts.js";
