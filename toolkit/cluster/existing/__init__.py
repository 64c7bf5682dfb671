"""The provider `existing`: clusters that are there already."""
