"""Forms check the shape of input and yield a frozen, typed draft; nothing below the views sees a form."""
