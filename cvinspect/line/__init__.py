"""The station: trigger -> frame -> verdict -> output -> record, part after part."""
