"""The steps of bringing files of foreign make into the contract's tables; `crmlib.company.importing` puts them together."""
