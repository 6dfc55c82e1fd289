"""An investment-attraction CRM for a development zone: from lead to production, with figures that can be trusted."""
