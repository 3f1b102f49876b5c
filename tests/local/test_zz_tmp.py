import httpx, time
def test_s(system, broker, store):
    t=system.token("ann",{"g":"admin"})
    print(httpx.get(system.base_url+"/v1/templates",headers={"Authorization":"Bearer "+t}).status_code)
    print(httpx.get(system.base_url+"/v1/templates",headers={"Authorization":"Bearer "+t[:-6]+"AAAAAA"}).text)
    system.advance(60); print(system.command("status"))
    import os
    if os.environ.get("HANG"): print("hang", flush=True); time.sleep(300)
