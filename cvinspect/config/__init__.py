"""What people write in files: recipes, jobs, calibrations, limit tables. The only reader of configuration files."""
